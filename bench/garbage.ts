/**
 * Has V8 collect its garbage in each isolate of a runtime. By itself it does so late where little of a heap is JavaScript: objects of a
 * few bytes each hold a request or a stream outside of the heap, which V8 does not count. What remains after it is what is kept.
 */

/** An isolate that nothing is asked of does not answer, and has no new garbage. */
const PATIENCE_MS = 5_000;

/**
 * The runtime must be in use meanwhile: an isolate looks at its inspector only when something is asked of it.
 * @param inspector where the runtime's isolates are listed
 * @returns how many isolates have collected theirs
 */
export async function collectGarbage(inspector: URL): Promise<number> {
  const listed = await fetch(new URL("/json", inspector.href.replace(/^ws/, "http")));
  const isolates = ((await listed.json()) as { id: string }[]).map(({ id }) => id);
  // A name with this sign cannot be part of an address; it is a small helper of Miniflare's.
  const collected = isolates.filter((id) => !id.includes("#")).map((id) => collectIn(new URL(`/${id}`, inspector)));
  return (await Promise.all(collected)).filter(Boolean).length;
}

/** @returns whether it answered in time */
function collectIn(isolate: URL): Promise<boolean> {
  isolate.protocol = "ws:";
  const socket = new WebSocket(isolate.href);
  return new Promise((resolve) => {
    const end = (hasAnswered: boolean) => {
      clearTimeout(timer);
      socket.close();
      resolve(hasAnswered);
    };
    const timer = setTimeout(() => end(false), PATIENCE_MS);
    socket.addEventListener("open", () =>
      socket.send(JSON.stringify({ id: 1, method: "HeapProfiler.collectGarbage" })),
    );
    socket.addEventListener("message", ({ data }) => JSON.parse(String(data)).id === 1 && end(true));
    socket.addEventListener("error", () => end(false));
  });
}
