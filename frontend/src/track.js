// The day's track on a phone. Every change is kept on the phone at once; a tap queues the report, which goes out as soon as there is
// a network, and exactly once: the server knows a report by its day and its draft's name, however often it comes.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const form = $("form[data-track]");
const list = $("[data-track-list]");
const root = form ?? list;
const words = (name) => root?.dataset[`words${name[0].toUpperCase()}${name.slice(1)}`] ?? "";
const OURS = new Set(["csrfmiddlewaretoken", "day", "draft", "seconds", "touched"]);
const DAY = 24 * 3600 * 1000;
const KEEP_SENT = 3 * DAY; // a report that has arrived is remembered for so long, to show its state
const KEEP_DRAFT = 30 * DAY; // and one that nobody sends for so long; what waits for a network is never dropped
const RETRY = 20_000;

/* The store on the phone --------------------------------------------------------------------------------------- */
let shop;
function store() {
  shop ??= new Promise((done, fail) => {
    const asked = indexedDB.open("zhuanban-tracks", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("drafts", { keyPath: "id" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  return shop;
}

/** Do something with the drafts; the promise is kept once it is on the disk. */
async function within(mode, act) {
  const box = (await store()).transaction("drafts", mode, { durability: "strict" });
  const asked = act(box.objectStore("drafts"));
  return new Promise((done, fail) => {
    box.oncomplete = () => done(asked?.result);
    box.onerror = box.onabort = () => fail(box.error);
  });
}
const load = (id) => within("readonly", (drafts) => drafts.get(id));
const all = () => within("readonly", (drafts) => drafts.getAll());
const keep = (draft) => within("readwrite", (drafts) => drafts.put(draft));
const drop = (id) => within("readwrite", (drafts) => drafts.delete(id));

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only on https and localhost
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/* The form and its draft ---------------------------------------------------------------------------------------- */
let current = null; // the open form's draft: the truth while the page is open
let fresh = {}; // what the server filled in, to tell what was changed
let opened = Date.now();

const values = () => [...new FormData(form)].filter(([name, value]) => !OURS.has(name) && typeof value === "string");

function fill(pairs) {
  const told = new Map();
  for (const [name, value] of pairs) told.set(name, [...(told.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || OURS.has(field.name) || field.type === "hidden") continue;
    const found = told.get(field.name);
    if (field.type === "radio" || field.type === "checkbox") field.checked = Boolean(found?.includes(field.value));
    else if (found) field.value = found[0];
  }
}

function changedFields() {
  const now = {};
  for (const [name, value] of values()) now[name] = `${now[name] ?? ""}|${value}`;
  return [...new Set([...Object.keys(now), ...Object.keys(fresh)])].filter((name) => now[name] !== fresh[name]).length;
}

/** A page that was opened on an earlier day, from the phone's copy, goes on with the day that it is now. */
function moveToToday() {
  if (new URLSearchParams(location.search).has("day")) return;
  const place = `zhuanban-clock-${location.pathname}`;
  const served = Number(form.dataset.now);
  let seen = {};
  try { seen = JSON.parse(localStorage.getItem(place)) ?? {}; } catch { /* an unreadable note is none */ }
  if (seen.served !== served) {
    seen = { served, ahead: served - Date.now() };
    try { localStorage.setItem(place, JSON.stringify(seen)); } catch { /* a full store: the page goes by its own day */ }
  }
  const today = new Date(Date.now() + seen.ahead).toLocaleDateString("sv-SE", { timeZone: form.dataset.zone });
  if (today <= form.dataset.day) return;
  Object.assign(form.dataset, { day: today, track: `${form.dataset.user}-${form.dataset.project}-${today}` });
  delete form.dataset.filed;
  form.elements.day.value = today;
  $("[data-track-day]").textContent = today;
  const told = $("[data-track-moved]");
  told.textContent = words("moved");
  told.hidden = false;
}

const blank = () => ({
  id: form.dataset.track, user: form.dataset.user, project: form.dataset.project, day: form.dataset.day, name: form.dataset.name,
  url: location.pathname, key: newKey(), state: "", values: [], photos: [], seconds: 0, attempts: 0, revision: 0, at: Date.now(),
});

async function begin() {
  moveToToday();
  for (const [name, value] of values()) fresh[name] = `${fresh[name] ?? ""}|${value}`;
  current = (await load(form.dataset.track).catch(() => null)) ?? blank();
  if (current.state && current.state !== "sent") fill(current.values);
  if (form.dataset.filed && !current.state) Object.assign(current, { state: "sent", track: form.dataset.filed });
  if (current.state === "sent" && current.track) form.dataset.filed ||= current.track;
  drawPhotos();
  show();
  askReason();
}

/** Something was changed: it is a draft again, on the phone before the next tap. */
function changed() {
  if (!current) return;
  if (current.attempts || current.state === "sent") Object.assign(current, { key: newKey(), attempts: 0 });
  Object.assign(current, { values: values(), state: "draft", words: "", revision: current.revision + 1 });
  save();
  askReason();
}

async function save() {
  current.at = Date.now();
  show();
  try {
    await keep(current);
  } catch (problem) {
    console.warn("the phone keeps no draft", problem);
  }
}

/** Where the day was filed already, another report needs a reason. */
function askReason() {
  const needed = Boolean(form.dataset.filed) && current.state !== "sent";
  $("[data-reason]").hidden = !needed;
}

/* What is shown ----------------------------------------------------------------------------------------------------- */
const TONES = { draft: "is-blue", queued: "is-yellow", sending: "is-yellow", sent: "is-green", refused: "is-red" };
const waitingPhotos = (draft) => draft.photos.filter((photo) => photo.blob && photo.state !== "refused").length;

function stateWords(draft) {
  const said = draft.state === "sent" ? words(waitingPhotos(draft) ? "photos" : draft.late ? "late" : "sent") : words(draft.state || "draft");
  return !navigator.onLine && draft.state !== "sent" ? `${words("offline")} · ${said}` : said;
}

function show() {
  if (!form || !current) return;
  const pill = $("[data-track-state]");
  pill.hidden = !current.state && navigator.onLine;
  pill.textContent = current.state ? stateWords(current) : words("offline");
  pill.className = `tag ${TONES[current.state] ?? ""}`;
  pill.dataset.state = current.state;
  const line = $("[data-track-words]");
  line.dataset.usual ??= line.textContent;
  line.textContent = current.words || line.dataset.usual;
  line.classList.toggle("is-bad", current.state === "refused");
  if (current.signin) {
    const link = Object.assign(document.createElement("a"), { href: `${form.dataset.signin}?next=${encodeURIComponent(location.pathname)}`, textContent: words("signin") });
    line.replaceChildren(link);
  }
  const same = $("[data-same]");
  if (same) same.textContent = $$("[data-carried]", form).filter((box) => !box.dataset.touched).length + carriedChips();
}

const carriedChips = () => ["weather", "winter_measures"].filter((name) => fresh[name]?.replaceAll("|", "") && !form.dataset[`touched_${name}`]).length;

/* Sending ----------------------------------------------------------------------------------------------------------- */
const cookie = () => document.cookie.split("; ").find((each) => each.startsWith("csrftoken="))?.slice(10);
const token = () => cookie() ?? $('meta[name="csrf-token"]')?.content ?? "";

async function post(url, body) {
  const call = () => fetch(url, { method: "POST", body, headers: { Accept: "application/json", "HX-Request": "true", "X-CSRFToken": token() }, signal: AbortSignal.timeout(60_000) });
  let answer = await call();
  if (answer.status === 403 && !(answer.headers.get("Content-Type") ?? "").includes("json")) {
    await fetch(location.href, { headers: { "HX-Request": "true" } }); // a new token after signing in again
    answer = await call();
  }
  const told = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json() : { message: (await answer.text()).slice(0, 200) };
  return { status: answer.status, told };
}

const later = (status) => status === 401 || status === 429 || status >= 500;

async function send(draft) {
  const revision = draft.revision;
  const body = new FormData();
  for (const [name, value] of draft.values) body.append(name, value);
  const own = { day: draft.day, draft: draft.key, seconds: draft.seconds, touched: draft.touched, waited: Math.round((Date.now() - draft.pressed) / 1000) };
  for (const [name, value] of Object.entries(own)) body.set(name, value ?? "");
  draft.attempts += 1;
  await keep(draft).catch(() => {});
  const { status, told } = await post(draft.url, body);
  if (later(status)) {
    Object.assign(draft, { signin: status === 401, words: status === 401 ? "" : told.message });
    throw new Error(status);
  }
  const taken = status === 200;
  if (taken) Object.assign(draft, { track: told.track, late: told.late, signin: false });
  if (draft.revision !== revision) Object.assign(draft, { state: "draft", key: newKey(), attempts: 0 }); // changed meanwhile
  else Object.assign(draft, taken ? { state: "sent", words: "" } : { state: "refused", words: told.message, attempts: 0 });
  if (draft === current && (taken || told.error === "differs")) form.dataset.filed ||= told.track ?? "1";
}

async function sendPhotos(draft) {
  for (const photo of draft.photos) {
    if (!photo.blob || photo.state === "refused" || !draft.track) continue;
    const body = new FormData();
    body.append("photo", new File([photo.blob], photo.name, { type: photo.blob.type }));
    body.append("ago", Math.max(0, Math.round((Date.now() - photo.modified) / 1000)));
    if (photo.latitude !== undefined) for (const axis of ["latitude", "longitude"]) body.append(axis, photo[axis]);
    const { status, told } = await post(`/api/v1/dispatch/dailytrack/${draft.track}/add_photo`, body);
    if (later(status)) throw new Error(status);
    if (status === 200) delete photo.blob;
    Object.assign(photo, status === 200 ? { state: "sent" } : { state: "refused", words: told.message });
    await keep(draft).catch(() => {});
  }
}

const outlived = (draft) => draft.state !== "queued" && !waitingPhotos(draft) && Date.now() - draft.at > (draft.state === "sent" ? KEEP_SENT : KEEP_DRAFT);
const waits = (draft) => draft.state === "queued" || (draft.state === "sent" && waitingPhotos(draft) > 0);

/** Everything of this person that waits goes out, one after another; the first failure of the network ends the round. */
async function sendAll() {
  const stored = await all().catch(() => (current ? [current] : []));
  for (const draft of stored.map((each) => (each.id === current?.id ? current : each)).filter((each) => each.user === root.dataset.user)) {
    if (outlived(draft)) await drop(draft.id);
    if (!waits(draft)) continue;
    let lost = false;
    try {
      if (draft.state === "queued") await send(draft);
      if (draft.state === "sent") await sendPhotos(draft);
    } catch {
      lost = true;
    }
    await keep(draft).catch(() => {});
    if (draft === current) {
      show();
      drawPhotos();
      askReason();
    }
    if (lost) return;
  }
}

let under = null;
function flush() {
  if (!navigator.onLine) return show();
  const round = () => sendAll().finally(() => drawList());
  under ??= (navigator.locks ? navigator.locks.request("zhuanban-tracks", round) : round()).catch(() => {}).finally(() => { under = null; });
}

/* Photos ------------------------------------------------------------------------------------------------------------- */
function drawPhotos() {
  const row = $("[data-photo-row]");
  for (const old of $$("[data-photo-draft]", row)) old.remove();
  current.photos.forEach((photo, place) => {
    const box = document.createElement("figure");
    box.dataset.photoDraft = place;
    const said = document.createElement("figcaption");
    said.textContent = photo.words || `${new Date(photo.modified).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" })}${photo.state === "sent" ? " ✓" : ""}`;
    if (photo.blob) {
      const picture = Object.assign(document.createElement("img"), { src: URL.createObjectURL(photo.blob), alt: photo.name });
      picture.addEventListener("load", () => URL.revokeObjectURL(picture.src), { once: true });
      const away = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
      away.setAttribute("aria-label", words("remove"));
      away.addEventListener("click", () => {
        current.photos.splice(place, 1);
        drawPhotos();
        save();
      });
      box.append(picture, away);
    }
    box.append(said);
    row.insertBefore(box, $(".photo-add", row));
  });
}

function takePhotos(files) {
  for (const file of files) {
    const photo = { blob: file, name: file.name || "photo.jpg", modified: file.lastModified || Date.now(), state: "" };
    current.photos.push(photo);
    navigator.geolocation?.getCurrentPosition(({ coords }) => {
      Object.assign(photo, { latitude: coords.latitude, longitude: coords.longitude });
      save();
    }, () => {}, { timeout: 8000, maximumAge: 60_000 });
  }
  drawPhotos();
  if (current.state === "sent") save().then(flush);
  else changed();
}

/* Taps ------------------------------------------------------------------------------------------------------------------ */
function step(button) {
  const box = button.closest("[data-stepper]");
  const field = $("input", box);
  const by = Number(box.dataset.step) * (button.matches("[data-less]") ? -1 : 1);
  field.value = String(Math.max(0, Math.round((Number(field.value || 0) + by) * 100) / 100));
  touched(field);
  changed();
}

function touched(field) {
  const box = field.closest("[data-carried]");
  if (box) box.dataset.touched = "1";
  if (["weather", "winter_measures"].includes(field.name)) form.dataset[`touched_${field.name}`] = "1";
}

function press(event) {
  event.preventDefault();
  if (!current || under && current.state === "queued") return;
  if (!form.checkValidity()) return form.reportValidity();
  Object.assign(current, {
    values: values(), state: "queued", words: "", pressed: current.state === "queued" ? current.pressed : Date.now(), touched: changedFields(),
    seconds: current.seconds + Math.round((Date.now() - opened) / 1000),
  });
  opened = Date.now();
  save().then(flush);
}

if (form) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-less], [data-more]");
    if (button) step(button);
  });
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-photo]")) return;
    touched(event.target);
    changed();
  });
  $("[data-photo]").addEventListener("change", (event) => {
    takePhotos(event.target.files);
    event.target.value = "";
  });
  form.addEventListener("submit", press);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && current) current.seconds += Math.round((Date.now() - opened) / 1000);
    opened = Date.now();
  });
  begin().then(flush);
}

/* The list of one's projects: what still lies on this phone ------------------------------------------------------------- */
async function drawList() {
  if (!list) return;
  for (const draft of await all().catch(() => [])) {
    const tag = $(`[data-draft="${CSS.escape(draft.id)}"]`, list);
    if (!tag) continue;
    tag.hidden = !["draft", "queued", "refused"].includes(draft.state);
    tag.textContent = words(draft.state);
    tag.className = `tag ${TONES[draft.state] ?? ""}`;
  }
}
if (list) drawList().then(flush);

/* A table of many projects: arrow keys and Enter walk the column ---------------------------------------------------------- */
$("[data-grid]")?.addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, Enter: 1, ArrowUp: -1 }[event.key];
  const cell = event.target.closest("td");
  if (!by || !cell || event.target.matches("select, button")) return;
  event.preventDefault();
  const row = cell.parentElement;
  const next = by > 0 ? row.nextElementSibling : row.previousElementSibling;
  $("input", next?.cells[cell.cellIndex] ?? document.createElement("td"))?.focus();
});
$("[data-carry-all]")?.addEventListener("click", () => {
  for (const field of $$("[data-grid] [data-last]")) if (!field.value) field.value = field.dataset.last;
});

/* Network and copies of the pages ------------------------------------------------------------------------------------------ */
if (root) {
  window.addEventListener("online", flush);
  window.addEventListener("offline", show);
  setInterval(() => (list || (current && waits(current))) && flush(), RETRY);
  const helper = navigator.serviceWorker;
  helper?.register(root.dataset.worker).then(() => helper.ready).then(({ active }) => {
    const before = localStorage.getItem("zhuanban-user");
    if (before !== root.dataset.user) active.postMessage({ forget: true }); // another person's copies are not shown to this one
    localStorage.setItem("zhuanban-user", root.dataset.user);
    const loaded = performance.getEntriesByType("resource").map((each) => each.name).filter((name) => name.startsWith(`${location.origin}/static/`));
    active.postMessage({ keep: [location.href, ...loaded] });
  }).catch((problem) => console.warn("pages open only with a network", problem));
  document.addEventListener("submit", (event) => {
    if (event.target.action?.includes("/signout/")) helper?.ready.then(({ active }) => active.postMessage({ forget: true }));
  }, true);
}
