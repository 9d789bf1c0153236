// Opens the pages of the day's track without a network. Only these pages and the site's own style and scripts are kept on the phone,
// each page for a day at most, and none after its owner has signed out there.
const BOX = "zhuanban-tracks";
const LASTS = 24 * 3600 * 1000;
const PATIENCE = 8000; // a network that is slower than this is none

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  const { forget, keep } = event.data;
  if (forget) event.waitUntil(caches.delete(BOX));
  if (keep) event.waitUntil(Promise.all(keep.map((address) => fetch(address).then((answer) => put(address, answer)).catch(() => {}))));
});

/** Keep an answer with the time of its keeping. */
async function put(address, answer) {
  if (!answer.ok || answer.redirected || answer.type !== "basic") return;
  const headers = new Headers(answer.headers);
  headers.set("X-Kept", Date.now());
  await (await caches.open(BOX)).put(address, new Response(await answer.blob(), { status: 200, headers }));
}

const patience = () => new Promise((_done, fail) => setTimeout(() => fail(new Error("slow")), PATIENCE));

/** From the network, and kept; without one the copy, unless it is too old. */
async function through(request, lasts) {
  try {
    const answer = await Promise.race([fetch(request), patience()]);
    put(request.url, answer.clone()).catch(() => {});
    return answer;
  } catch (lost) {
    const copy = await caches.match(request.url, { cacheName: BOX, ignoreVary: true });
    if (copy && Date.now() - Number(copy.headers.get("X-Kept")) < lasts) return copy;
    throw lost;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(through(request, LASTS));
  else if (pathname.startsWith("/static/")) event.respondWith(through(request, Infinity));
});
