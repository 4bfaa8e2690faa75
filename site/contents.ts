/** The pages of the site, in the order in which its menu has them. A page is a file of the repository; its title is its first heading. */

export type Section = { title: string; pages: readonly Entry[] };

/** @property address below `/docs`, without an extension; empty for the first page. @property menu its name in the menu, where its title is too long for that */
export type Entry = { address: string; file: string; menu?: string };

const guide = (address: string, menu?: string): Entry => ({
  address,
  file: `docs/${address}.md`,
  ...(menu === undefined ? {} : { menu }),
});

export const SECTIONS: readonly Section[] = [
  {
    title: "Start",
    pages: [
      { address: "", file: "docs/README.md", menu: "Send a first text" },
      guide("concepts"),
      guide("sandbox"),
      guide("console"),
      guide("cli"),
    ],
  },
  {
    title: "Move a program here",
    pages: [
      guide("target365", "From Target365"),
      guide("txtnation", "From txtNation"),
      guide("cm", "From CM.com"),
      guide("flowroute", "From Flowroute"),
      guide("smpp", "Over SMPP"),
    ],
  },
  {
    title: "Recipes",
    pages: [
      guide("recipes/sign-up-code", "A sign-up code"),
      guide("recipes/charge-and-refund", "Charge and refund"),
      guide("recipes/year-of-a-subscription", "A year of a subscription"),
      guide("recipes/stop", "STOP"),
      guide("recipes/dead-webhook", "A dead webhook"),
    ],
  },
  {
    title: "Guides",
    pages: [
      guide("testing"),
      guide("charging"),
      guide("events"),
      guide("campaigns"),
      guide("idempotency"),
      guide("carriers"),
    ],
  },
  {
    title: "Run it",
    pages: [guide("operating"), guide("security"), guide("privacy"), guide("reliability", "What holds")],
  },
  {
    title: "What is spoken",
    pages: ["target365", "txtnation", "cm", "flowroute", "stafett"].map((name) => ({
      address: `spoken/${name}`,
      file: `src/dialects/${name}/README.md`,
    })),
  },
];

/** After the reference in the menu. */
export const LAST: Section = {
  title: "The project",
  pages: [
    guide("words"),
    { address: "decisions", file: "docs/decisions/README.md" },
    { address: "readme", file: "README.md", menu: "From file to file" },
    { address: "contributing", file: "CONTRIBUTING.md" },
    { address: "changelog", file: "CHANGELOG.md" },
  ],
};
