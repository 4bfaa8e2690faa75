/** What of Eleventy is used here: it brings no types of its own. */
declare module "@11ty/eleventy" {
  type Config = {
    setUseGitIgnore(isUsed: boolean): void;
    setLayoutsDirectory(folder: string): void;
    setTemplateFormats(formats: string[]): void;
    addGlobalData(name: string, value: unknown): void;
    addTemplate(name: string, content: string, data: Record<string, unknown>): void;
  };
  type Options = { quietMode?: boolean; configPath?: string | false; config?: (config: Config) => void };
  export default class Eleventy {
    constructor(input: string, output: string, options: Options);
    toJSON(): Promise<{ url: string; outputPath: string; content: string }[]>;
  }
}
