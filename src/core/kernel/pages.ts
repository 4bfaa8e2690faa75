/** One page of a list, and where the next begins. Cursors are the last id of a page: lists stay fast however long. */
export type Page = { limit: number; cursor?: string };
export type PageOf<T> = { items: T[]; next?: string };
