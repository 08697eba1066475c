"use strict";
// The scan page: read a label, keep the scan, send it when there is a network, show what became of it.
// Without this script the form posts as it stands.
(() => {
  const data = JSON.parse(document.getElementById("scan-data").textContent);
  const words = data.words;
  data.reader = new URL(data.reader, location.href).href;
  const form = document.getElementById("scan-form");
  const text = form.elements.text;
  const is = document.getElementById("scan-is");
  const DONE = 20; // answered scans that stay on the list
  const AGAIN = 30000; // milliseconds until what waits is tried again
  const FIELDS = ["text", "what", "place", "words", "quantity"];
  const ONCE = ["short", "harmed", "lost"]; // what is said of one parcel, and not of the next
  let sending = false;

  const fill = (sentence, values) => sentence.replace(/%\((\w+)\)s/g, (_all, name) => values[name]);

  // --- what stands on a label ---

  const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const KEY = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?@\d{1,12})(?:[/ -]+(\d{1,3}))?\/?$/;
  const CODE = new RegExp(`^([${SIGNS}]{4})[ -]*([${SIGNS}]{4})(?:[ -]+(\\d{1,3}))?$`);
  const ADDRESS = /^https?:\/\/[^/?#\s]+\/(?:[^?#\s]*\/)?scan\/([^?#\s]+)/i;

  function read(typed) {
    let plain = typed.trim();
    const address = ADDRESS.exec(plain);
    if (address) {
      plain = decodeURIComponent(address[1]);
    }
    const key = KEY.exec(plain.toLowerCase());
    if (key) {
      return { key: key[1], code: "", parcel: Number(key[2] || 0) };
    }
    const code = CODE.exec(plain.toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1"));
    return code ? { key: "", code: code[1] + code[2], parcel: Number(code[3] || 0) } : null;
  }

  function tell() {
    const named = text.value.trim() ? read(text.value) : null;
    if (!named) {
      is.textContent = "";
      return;
    }
    const known = data.known.find((one) => one.key === named.key || one.code === named.code);
    const parcel = known && named.parcel && known.parcels ? ` ${fill(words.parcel, { parcel: named.parcel, parcels: known.parcels })}` : "";
    is.textContent = known ? fill(words.is, { words: known.words }) + parcel : words.not_known;
  }

  function scanned(found) {
    text.value = found;
    tell();
    if (navigator.vibrate && navigator.userActivation && navigator.userActivation.hasBeenActive) {
      navigator.vibrate(100);
    }
  }

  // --- the list of what was scanned here ---

  const LABEL = { waiting: "waiting", booked: "booked", again: "before", astray: "astray", refused: "refused", partly: "partly" };
  const OPEN = ["waiting", "refused", "partly"]; // what stays on the list until somebody takes it off

  function button(label, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "usa-button usa-button--unstyled";
    made.textContent = label;
    made.addEventListener("click", act);
    return made;
  }

  function item(scan) {
    const made = document.createElement("li");
    made.className = `track-item--${scan.state}`;
    made.dataset.state = scan.state;
    const head = document.createElement("strong");
    head.textContent = `${words[LABEL[scan.state]]}: ${scan.text}`;
    const said = document.createElement("p");
    const kind = Array.from(form.elements.what).find((one) => one.value === scan.what);
    const meant = scan.state === "waiting" && kind ? `${kind.labels[0].textContent.trim()}. ` : "";
    said.textContent = meant + scan.sentence;
    made.append(head, said);
    const acts = document.createElement("div");
    if (scan.shipment) {
      const link = document.createElement("a");
      link.href = `${data.scan.replace(/scan$/, "shipment/")}${scan.shipment}`;
      link.textContent = words.open;
      acts.append(link, " ");
    }
    if (["refused", "partly"].includes(scan.state)) {
      acts.append(button(words.again, async () => {
        await scanQueue.put({ ...scan, state: "waiting", sentence: words.waits });
        await show();
        send();
      }), " ", button(words.remove, async () => {
        await scanQueue.remove(scan.once);
        show();
      }));
    }
    made.append(acts);
    return made;
  }

  async function show() {
    const all = await scanQueue.all();
    const waiting = all.filter((one) => one.state === "waiting").length;
    document.getElementById("scan-list").hidden = all.length === 0;
    document.getElementById("scan-items").replaceChildren(...all.map(item));
    const counted = waiting === 1 ? words.count_one : fill(words.count_many, { count: waiting });
    document.getElementById("scan-count").textContent = waiting ? counted : "";
    const done = all.filter((one) => !OPEN.includes(one.state));
    await Promise.all(done.slice(DONE).map((one) => scanQueue.remove(one.once)));
  }

  function net(sentence, tone) {
    const box = document.getElementById("scan-net");
    box.hidden = !sentence;
    box.className = `usa-alert usa-alert--slim usa-alert--no-icon usa-alert--${tone}`;
    box.firstElementChild.textContent = sentence;
  }

  // --- sending: one after the other, each under its own number, which the node takes once ---

  async function desk() {
    const answer = await fetch(data.scan, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    const json = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    return answer.ok && !answer.redirected && json ? answer.json() : null;
  }

  async function post(scan, csrf) {
    const body = new URLSearchParams({ once: scan.once, told: scan.told });
    for (const name of FIELDS) {
      body.set(name, scan[name] || "");
    }
    const answer = await fetch(data.scan, {
      method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json", "X-CSRFToken": csrf },
    });
    const json = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    return answer.ok && !answer.redirected && json ? answer.json() : null;
  }

  async function send() {
    if (sending) {
      return;
    }
    sending = true;
    try {
      const waiting = (await scanQueue.all()).filter((one) => one.state === "waiting").reverse();
      if (waiting.length) {
        await sendAll(waiting);
      } else {
        net(navigator.onLine ? "" : words.offline, "info");
      }
    } catch (error) {
      if (!(error instanceof TypeError)) {
        throw error;
      }
      net(words.offline, "info"); // fetch says TypeError where there is no network
    } finally {
      sending = false;
      await show();
    }
  }

  async function sendAll(waiting) {
    const here = await desk();
    if (!here) {
      net(words.signed_out, "warning");
      return;
    }
    net("", "info");
    for (const scan of waiting) {
      if (scan.by !== here.by) {
        await scanQueue.put({ ...scan, sentence: fill(words.other_office, { office: scan.office }) });
        continue;
      }
      const answer = await post(scan, here.csrf);
      await scanQueue.put(answer
        ? { ...scan, state: answer.outcome, sentence: answer.sentence, shipment: answer.shipment }
        : { ...scan, sentence: words.unread });
    }
  }

  // --- the form ---

  function number() {
    const drawn = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(drawn, (one) => one.toString(16).padStart(2, "0")).join("");
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (!text.value.trim() || !read(text.value)) {
      is.textContent = text.value.trim() ? words.bad_code : words.no_code;
      text.focus();
      return;
    }
    const typed = new FormData(form);
    const scan = { once: number(), by: data.by, office: data.office, told: new Date().toISOString(), at: Date.now(), state: "waiting", sentence: words.waits };
    for (const name of FIELDS) {
      scan[name] = String(typed.get(name) || "");
    }
    try {
      await scanQueue.put(scan);
    } catch {
      is.textContent = words.full;
      return;
    }
    for (const name of ["text", "words", "quantity"]) {
      form.elements[name].value = "";
    }
    if (ONCE.includes(scan.what)) {
      form.elements.what[0].checked = true; // the next parcel is not lost or broken unless somebody says so
    }
    is.textContent = "";
    await show();
    document.getElementById("scan-count").scrollIntoView({ block: "nearest" });
    send();
  });

  // --- camera and pictures: the browser's own reader of codes where it has one, else one in a script ---

  const start = document.getElementById("scan-start");
  const stop = document.getElementById("scan-stop");
  const camera = document.getElementById("scan-camera");
  const video = document.getElementById("scan-video");
  let stream = null;

  function end() {
    if (stream) {
      stream.getTracks().forEach((track) => track.stop());
      stream = null;
    }
    camera.hidden = stop.hidden = true;
    start.hidden = false;
  }

  async function look(eye) {
    while (stream) {
      const found = await eye.detect(video).catch(() => []);
      if (stream && found.length && read(found[0].rawValue)) {
        end();
        scanned(found[0].rawValue);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async function begin() {
    let eye = null;
    try {
      eye = await detector();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      await video.play();
    } catch {
      end();
      is.textContent = words.no_camera;
      return;
    }
    camera.hidden = stop.hidden = false;
    start.hidden = true;
    look(eye);
  }

  let reader = null;

  async function detector() {
    if (!reader) {
      const own = "BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
      const Reader = own ? BarcodeDetector : (await import(data.reader)).BarcodeDetector;
      reader = new Reader({ formats: ["qr_code"] });
    }
    return reader;
  }

  async function inside(picture) {
    try {
      return await (await detector()).detect(await createImageBitmap(picture));
    } catch {
      return []; // no picture that this browser can open
    }
  }

  function eyes() {
    document.getElementById("scan-picture").hidden = false;
    document.getElementById("scan-photo").addEventListener("change", async (event) => {
      const [picture] = event.target.files;
      const found = picture ? await inside(picture) : [];
      if (found.length) {
        scanned(found[0].rawValue);
      } else if (picture) {
        is.textContent = words.no_picture;
      }
      event.target.value = "";
    });
    if (navigator.mediaDevices && navigator.mediaDevices.getUserMedia) {
      start.hidden = false;
      start.addEventListener("click", begin);
      stop.addEventListener("click", end);
    }
  }

  // --- without a network: the page itself is kept by its worker ---

  async function keep() {
    if (!("serviceWorker" in navigator)) {
      return;
    }
    await navigator.serviceWorker.register(data.worker, { scope: data.scan });
    const { active } = await navigator.serviceWorker.ready;
    const files = Array.from(document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src]"), (one) => one.href || one.src);
    files.push(data.reader, new URL("index.js", data.reader).href); // which the reader asks for beside itself
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => {
      document.getElementById("scan-kept").hidden = !event.data;
    };
    active.postMessage({ keep: files }, [port2]);
  }

  const named = new URL(location.href).pathname;
  if (!text.value && named.startsWith(`${data.scan}/`)) {
    scanned(decodeURIComponent(named.slice(data.scan.length + 1))); // opened by the phone's own camera, without a network
  }
  text.addEventListener("input", tell);
  window.addEventListener("online", send);
  window.addEventListener("offline", () => net(words.offline, "info"));
  setInterval(send, AGAIN);
  tell();
  eyes();
  send();
  keep().catch(() => {}); // without it the page works while there is a network, as it does without scripts
})();
