"use strict";
// What was scanned and is not answered yet, kept in this browser. Nothing leaves it before the node has answered.
const scanQueue = (() => {
  const NAME = "hansa-scans";
  const SCANS = "scans";

  function open() {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(SCANS, { keyPath: "once" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  async function within(mode, act) {
    const base = await open();
    try {
      return await new Promise((resolve, reject) => {
        const all = base.transaction(SCANS, mode);
        const asked = act(all.objectStore(SCANS));
        all.oncomplete = () => resolve(asked.result);
        all.onerror = () => reject(all.error);
        all.onabort = () => reject(all.error);
      });
    } finally {
      base.close();
    }
  }

  return {
    put: (scan) => within("readwrite", (scans) => scans.put(scan)),
    remove: (once) => within("readwrite", (scans) => scans.delete(once)),
    all: async () => (await within("readonly", (scans) => scans.getAll())).sort((a, b) => b.at - a.at),
  };
})();
