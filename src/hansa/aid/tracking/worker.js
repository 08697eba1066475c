"use strict";
// The scan page without a network, and nothing else: this worker sees only requests of pages under /scan.
// What it keeps is the last scan page of the officer who is signed in, and the files that page names.
const KEPT = "hansa-scan";
const PAGE = new URL("scan", self.location.href).href;
const PATIENCE = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The page says which files it needs. Signed out, nothing of it stays.
self.addEventListener("message", (event) => {
  if (event.data && Array.isArray(event.data.keep)) {
    event.waitUntil(keep(event.data.keep).then((whole) => event.ports[0].postMessage(whole)));
  }
});

// Returns whether all is here; what is not named any more goes.
async function keep(files) {
  const cache = await caches.open(KEPT);
  const wanted = [PAGE, ...files.filter((one) => new URL(one).origin === self.location.origin)];
  const got = await Promise.all(wanted.map(async (one) => {
    const answer = await fetch(one, { credentials: "same-origin" });
    if (answer.ok && !answer.redirected) {
      await cache.put(one, answer);
    }
    return answer.ok && !answer.redirected;
  }));
  for (const old of await cache.keys()) {
    if (!wanted.includes(old.url)) {
      await cache.delete(old);
    }
  }
  return got.every(Boolean);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const asked = new URL(request.url);
  if (request.method !== "GET" || asked.origin !== self.location.origin) {
    return;
  }
  if (request.mode === "navigate") {
    event.respondWith(page(request));
  } else if (["script", "style", "image", "font"].includes(request.destination)) {
    event.respondWith(file(request));
  }
});

async function page(request) {
  const answer = await fresh(request, PAGE);
  if (answer.redirected || answer.type === "opaqueredirect" || answer.status === 403) {
    await caches.delete(KEPT); // another page came instead: whoever might scan here may not any more
  }
  return answer;
}

function file(request) {
  return fresh(request, request);
}

// What the network says, or what is kept where there is none. A network that takes for ever is none, if something is kept.
async function fresh(request, name) {
  const kept = await caches.match(name, { ignoreSearch: true });
  if (!kept) {
    return fetch(request);
  }
  let clock;
  const late = new Promise((resolve) => {
    clock = setTimeout(() => resolve(kept), PATIENCE);
  });
  return Promise.race([fetch(request).catch(() => kept), late]).finally(() => clearTimeout(clock));
}
