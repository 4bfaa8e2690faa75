/** One page of a list, and where the next begins. Cursors are the last id of a page: lists stay fast however long. */
export type Page = { limit: number; cursor?: string };
export type PageOf<T> = { items: T[]; next?: string };
/** What was found among so many that were looked at; `reached` is the cursor of the last of these. */
export type Looked<T> = { items: T[]; looked: number; reached?: string };
/** A page of what was found, among so many that were looked at, back to a time (epoch ms; absent: to the beginning). */
export type Searched<T> = PageOf<T> & { looked: number; backTo?: number };

/** The pages of a list to its end, one read when the one before was used. @param limit of each page */
export async function* pagesOf<T>(limit: number, read: (page: Page) => Promise<PageOf<T>>): AsyncGenerator<T[]> {
  let cursor: string | undefined;
  do {
    const page = await read({ limit, ...(cursor === undefined ? {} : { cursor }) });
    yield page.items;
    cursor = page.next;
  } while (cursor !== undefined);
}
