// The page's own behaviour: htmx settings, toasts, dialogs, palette, table keys, bulk choice, one key per form.
// No eval, no inline styles; everything works on mark-up attributes listed in docs/reference/look.md.
import htmx from "htmx.org";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const meta = (name) => $(`meta[name="${name}"]`)?.content ?? "";
const words = (name) => document.body.dataset[name] ?? "";

window.htmx = htmx;
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  inlineScriptNonce: meta("csp-nonce"),
  selfRequestsOnly: true,
  historyCacheSize: 0, // pages hold other people's business: keep none of them in the browser's storage
  refreshOnHistoryMiss: true,
  timeout: 30000,
  scrollBehavior: "auto",
  attributesToSettle: ["class"], // copying a style attribute would offend the content policy
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = meta("csrf-token");
});

// An inline cell answers a conflict (409) with a fragment that names its own place: swap that, toast the others.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.status === 409 && detail.xhr.getResponseHeader("HX-Reswap")) Object.assign(detail, { shouldSwap: true, isError: false });
});

/* Toasts ------------------------------------------------------------------------------------------------------- */
function toast(text, tone = "blue") {
  const line = document.createElement("div");
  line.className = `toast-line is-${tone}`;
  line.setAttribute("role", tone === "red" ? "alert" : "status");
  const message = document.createElement("p");
  message.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", words("close"));
  close.addEventListener("click", () => line.remove());
  line.append(message, close);
  (openDialog() ?? document.body).append($("#toasts")); // a modal dialog hides what lies outside it
  $("#toasts").append(line);
  if (tone !== "red") setTimeout(() => line.remove(), 6000);
}

const openDialog = () => $$("dialog[open]").at(-1);

/** The server's own words for a refusal: JSON detail, a marked message in HTML, plain text, else ours by status. */
function refusal(xhr) {
  const type = xhr.getResponseHeader("Content-Type") ?? "";
  if (type.includes("json")) {
    try {
      const { detail, message } = JSON.parse(xhr.responseText);
      const said = message ?? detail;
      if (typeof said === "string") return said;
    } catch { /* an unreadable body says nothing: fall through to our words */ }
  }
  if (type.includes("html")) {
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    const said = $("[data-message]", page)?.textContent.trim();
    if (said) return said;
  }
  if (type.startsWith("text/plain") && xhr.responseText.length < 300) return xhr.responseText;
  return words(`fault${xhr.status}`) || words("fault");
}

document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 401) return location.reload(); // the session has ended: the sign-in page knows the way back
  if (!detail.xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) toast(refusal(detail.xhr), "red");
});
for (const lost of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(lost, () => toast(words("offline"), "red"));
document.addEventListener("toast", ({ detail }) => toast(detail.text ?? detail.value, detail.status >= 400 ? "red" : detail.tone)); // HX-Trigger: {"toast": {…}}

/* Dialogs ------------------------------------------------------------------------------------------------------ */
async function openForm(url) {
  const dialog = $("#dialog");
  const body = $("#dialog-content");
  body.replaceChildren($("#dialog-wait").content.cloneNode(true));
  dialog.showModal();
  await htmx.ajax("GET", url, { target: body, swap: "innerHTML" });
  if (!$("form, [data-loaded]", body)) return dialog.close();
  $("input:not([type=hidden]), select, textarea", body)?.focus();
}

/** Ask in a native dialog; the promise tells whether the person agreed. */
function ask(question) {
  const dialog = $("#ask");
  $("#ask-question").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  if (await ask(event.detail.question)) event.detail.issueRequest(true);
});
document.addEventListener("close", () => (openDialog() ?? document.body).append($("#toasts")), true);
document.addEventListener("closeDialog", () => $("#dialog").close()); // HX-Trigger: closeDialog

/* Clicks ------------------------------------------------------------------------------------------------------- */
document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  const greyed = at('[aria-disabled="true"]');
  if (greyed) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  const opener = at("[data-dialog-url]");
  if (opener && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openForm(opener.dataset.dialogUrl);
  }
  if (at("[data-dialog-close]")) at("dialog") ? at("dialog").close() : history.back();
  if (at("[data-palette-open]")) openPalette();
  if (at("[data-print]")) window.print();
  const copy = at("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => toast(words("copied"), "green"));
  if (event.target.id === "palette") event.target.close(); // the backdrop
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
}, true);

/* Forms: one key each, so that a double submit is one deed; the button rests while it is under way -------------- */
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only on https and localhost
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function prepare(root) {
  for (const input of $$('input[name="_key"]', root)) input.value ||= newKey();
  for (const scope of $$("[data-bulk]", root)) countChosen(scope);
  $("[autofocus]", root)?.focus();
}

function rest(form, resting) {
  const ours = resting ? ':is([type="submit"], :not([type])):not([aria-disabled="true"])' : "[data-busy]";
  for (const button of $$(`button${ours}`, form)) {
    button.toggleAttribute("data-busy", resting);
    if (resting) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  if (form.dataset.busy) return event.preventDefault();
  const { submitter } = event;
  const question = submitter?.dataset.ask ?? form.dataset.ask;
  if (question && !form.dataset.agreed) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await ask(question)) {
      form.dataset.agreed = "1";
      form.requestSubmit(submitter);
      delete form.dataset.agreed;
    }
    return;
  }
  if (form.method === "get" || form.hasAttribute("data-download")) return;
  form.dataset.busy = "1";
  setTimeout(() => rest(form, true)); // after the browser has read the pressed button's name
}, true);

function wake(form) {
  if (!form?.dataset?.busy) return;
  delete form.dataset.busy;
  rest(form, false);
}
document.addEventListener("htmx:afterRequest", ({ detail }) => setTimeout(() => wake(detail.elt.closest?.("form"))));
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of $$("form[data-busy]")) wake(form);
  for (const input of $$('input[name="_key"]')) input.value = newKey();
});

/* Bulk choice -------------------------------------------------------------------------------------------------- */
function countChosen(scope) {
  const items = $$("[data-bulk-item]", scope);
  const chosen = items.filter((item) => item.checked);
  for (const item of items) item.closest("tr, .card-item")?.classList.toggle("is-chosen", item.checked);
  const all = $("[data-bulk-all]", scope);
  if (all) {
    all.checked = items.length > 0 && chosen.length === items.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }
  for (const place of $$("[data-bulk-count]", scope)) place.textContent = chosen.length;
  for (const bar of $$("[data-bulk-bar]", scope)) bar.hidden = chosen.length === 0;
}

let lastChosen = null;
document.addEventListener("click", (event) => {
  const scope = event.target.closest("[data-bulk]");
  if (!scope) return;
  const items = $$("[data-bulk-item]", scope);
  if (event.target.matches("[data-bulk-all]")) for (const item of items) item.checked = event.target.checked;
  if (event.target.closest("[data-bulk-none]")) for (const item of items) item.checked = false;
  if (event.target.matches("[data-bulk-item]")) {
    const [from, to] = [items.indexOf(lastChosen), items.indexOf(event.target)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const item of items.slice(from, to + 1)) item.checked = event.target.checked;
    lastChosen = event.target;
  }
  countChosen(scope);
});

/* Palette: a combobox over GET /palette/?q= --------------------------------------------------------------------- */
const palette = { seq: 0, at: -1, timer: 0 };
const options = () => $$('#palette-list [role="option"]');

function openPalette() {
  const dialog = $("#palette");
  if (!dialog || dialog.open) return;
  $("#sidebar:target") && (location.hash = "main");
  dialog.showModal();
  $("#palette-input").select();
  lookUp();
}

async function lookUp() {
  const input = $("#palette-input");
  const seq = ++palette.seq;
  try {
    const url = `${$("#palette").dataset.url}?q=${encodeURIComponent(input.value.trim())}`;
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, redirect: "error" });
    if (seq !== palette.seq) return; // a later keystroke has overtaken this answer
    if (!answer.ok) throw new Error(answer.status);
    $("#palette-list").innerHTML = await answer.text();
    options().forEach((option, index) => Object.assign(option, { id: `palette-option-${index}`, tabIndex: -1 }));
    choose(options().length ? 0 : -1);
  } catch {
    if (seq === palette.seq) $("#palette-list").textContent = words("offline");
  }
}

function choose(index) {
  const all = options();
  palette.at = all.length ? (index + all.length) % all.length : -1;
  all.forEach((option, place) => option.setAttribute("aria-selected", String(place === palette.at)));
  all[palette.at]?.scrollIntoView({ block: "nearest" });
  $("#palette-input").setAttribute("aria-activedescendant", all[palette.at]?.id ?? "");
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "palette-input" || event.isComposing) return;
  clearTimeout(palette.timer);
  palette.timer = setTimeout(lookUp, 120);
});
document.addEventListener("compositionend", (event) => event.target.id === "palette-input" && lookUp());

/* Keys --------------------------------------------------------------------------------------------------------- */
function paletteKey(event) {
  if (event.isComposing) return;
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) choose(palette.at + steps[event.key]);
  else if (event.key === "Enter") options()[palette.at]?.click();
  else return;
  event.preventDefault();
}

/** j and k walk the rows by their first link, so that Enter opens it; x ticks the row's box. */
function tableKey(event) {
  const links = $$(".rows tbody tr :is(th, td) > a:first-of-type, .card-item a:first-of-type").filter((link, index, all) => all.findIndex((other) => other.closest("tr, .card-item") === link.closest("tr, .card-item")) === index);
  const row = document.activeElement?.closest?.(".rows tbody tr, .card-item");
  const here = links.findIndex((link) => link.closest("tr, .card-item") === row);
  if (event.key === "x") $("[data-bulk-item]", row ?? document.createElement("i"))?.click();
  else links[event.key === "j" ? Math.min(here + 1, links.length - 1) : Math.max(here - 1, 0)]?.focus();
}

/* A calendar with the focus on one of its days: arrows walk them, page keys turn it, T goes to today -------------------- */
const WALK = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const TURN = { PageUp: "a[rel=prev][href]", PageDown: "a[rel=next][href]", t: "[data-today]", T: "[data-today]" };

function calendarKey(event) {
  const walk = document.activeElement?.closest?.("[data-walk]");
  if (!walk) return;
  const days = $$("[data-cell]", walk);
  const turn = TURN[event.key] && $(TURN[event.key]);
  const there = days[days.indexOf(document.activeElement.closest("td")?.querySelector("[data-cell]")) + WALK[event.key]];
  if (turn) turn.click();
  else if (there) there.focus();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return openPalette();
  }
  if (event.target.id === "palette-input") return paletteKey(event);
  if (event.key === "Escape") {
    const cancel = event.target.closest(".cell-form") && $("[data-cancel]", event.target.closest(".cell-form"));
    if (cancel) return cancel.click();
    for (const menu of $$("details.menu[open]")) {
      menu.open = false;
      $("summary", menu).focus();
    }
    if ($("#sidebar:target")) location.hash = "main";
  }
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
  if (!typing && !openDialog() && !event.ctrlKey && !event.metaKey && !event.altKey && ["j", "k", "x"].includes(event.key)) tableKey(event);
  if (!typing && !openDialog() && !event.ctrlKey && !event.metaKey && !event.altKey) calendarKey(event);
});

/* Where we are: the longest navigation address that begins this page's; one with a query counts only where it agrees - */
function markPlace() {
  const here = new URLSearchParams(location.search);
  const agrees = (link) => [...new URLSearchParams(link.search)].every(([name, value]) => here.get(name) === value);
  for (const list of $$("#sidebar, .tabbar")) {
    if ($("[aria-current]", list)) continue;
    const fitting = $$("a[href]:not(.brand)", list).filter((link) => link.origin === location.origin && !link.hash && location.pathname.startsWith(link.pathname) && agrees(link) && (link.pathname !== "/" || location.pathname === "/"));
    fitting.sort((a, b) => b.pathname.length - a.pathname.length || b.search.length - a.search.length)[0]?.setAttribute("aria-current", "page");
  }
}

/* Groups of the navigation that were opened stay open on this device --------------------------------------------------- */
function keepGroups() {
  const kept = new Set(JSON.parse(localStorage.getItem("nav") || "[]"));
  for (const group of $$("#sidebar details[data-nav]")) {
    if (kept.has(group.dataset.nav)) group.open = true;
    group.addEventListener("toggle", () => {
      group.open ? kept.add(group.dataset.nav) : kept.delete(group.dataset.nav);
      localStorage.setItem("nav", JSON.stringify([...kept]));
    });
  }
}

htmx.onLoad((root) => {
  prepare(root);
  if (root.matches("td")) $("input:not([type=hidden]), select, button", root)?.focus(); // an edited cell keeps the focus
});
document.addEventListener("DOMContentLoaded", () => {
  prepare(document);
  keepGroups();
  markPlace();
  for (const here of $$(".stages .is-now, .chip[aria-current], .tabs [aria-current]")) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.clientWidth / 2 + here.offsetWidth / 2;
});
