// A meeting on the projector: one item a screen, arrows to walk, the minutes that each item and the meeting have taken.
const slides = [...document.querySelectorAll("[data-slide]")];
const began = performance.now();
const before = Number(document.body.dataset.elapsed);
const running = document.body.dataset.running === "1";
const taken = slides.map(() => 0);
let at = Math.max(slides.findIndex((slide) => `#${slide.id}` === location.hash), 0);
let since = began;

const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Add the time since the last look to the item that is shown. */
function count() {
  const now = performance.now();
  taken[at] += (now - since) / 1000;
  since = now;
}

function show(next) {
  count();
  at = Math.min(Math.max(next, 0), slides.length - 1);
  for (const [place, slide] of slides.entries()) slide.hidden = place !== at;
  history.replaceState(null, "", `#${slides[at].id}`);
  document.querySelector('[data-step="-1"]').disabled = at === 0;
  document.querySelector('[data-step="1"]').disabled = at === slides.length - 1;
  tick();
}

function tick() {
  count();
  const slide = slides[at];
  const clock = slide.querySelector('[data-clock="item"]');
  if (clock) {
    clock.textContent = minutes(taken[at]);
    clock.classList.toggle("late", taken[at] > Number(slide.dataset.minutes) * 60);
  }
  if (running) document.querySelector('[data-clock="meeting"]').textContent = minutes(before + (performance.now() - began) / 1000);
}

const KEYS = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Home: -1000, End: 1000 };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && !document.fullscreenElement) return document.querySelector("[data-leave]").click();
  if (event.key === "f" || event.key === "F") return document.documentElement.requestFullscreen?.().catch(() => {});
  if (!(event.key in KEYS) || (event.key === " " && event.target.closest("button, a"))) return;
  event.preventDefault();
  show(at + KEYS[event.key]);
});
for (const button of document.querySelectorAll("[data-step]")) button.addEventListener("click", () => show(at + Number(button.dataset.step)));
if (slides.length) {
  show(at);
  setInterval(tick, 1000);
}
