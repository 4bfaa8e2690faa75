declare module "idiomorph/dist/idiomorph.esm.js" {
  export const Idiomorph: {
    morph(from: Element, to: Element, options?: { ignoreActiveValue?: boolean }): void;
  };
}
