declare module "idiomorph/dist/idiomorph.esm.js" {
  export const Idiomorph: {
    morph(
      from: Element,
      to: Element,
      options?: {
        ignoreActiveValue?: boolean;
        callbacks?: {
          beforeNodeMorphed?: (old: Node, next: Node) => boolean;
          beforeNodeRemoved?: (old: Node) => boolean;
          beforeAttributeUpdated?: (name: string, element: Element, change: "update" | "remove") => boolean;
        };
      },
    ): void;
  };
}
