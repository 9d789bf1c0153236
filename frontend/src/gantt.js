// The Gantt chart's behaviour. The server draws; rows come when they are seen (htmx). Here: where the chart opens, what is dimmed, and a
// bar that is dragged or moved by the arrow keys. A drag only proposes: it opens the verb's form, which tells the effect before anything is saved.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const DAY = 86_400_000;

const shifted = (iso, days) => new Date(Date.parse(`${iso}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

for (const chart of $$("[data-gantt]")) {
  const pane = $(".gantt-window", chart);
  if (!pane) continue;
  const scale = Number(chart.dataset.scale) || 0;
  pane.scrollLeft = Number(pane.dataset.today) || 0;
  pane.scrollTop = Number(pane.dataset.open) || 0;
  $("[data-critical]", chart)?.addEventListener("change", ({ target }) => chart.classList.toggle("only-critical", target.checked));
  $("[data-then]", chart)?.addEventListener("change", ({ target }) => chart.classList.toggle("without-then", !target.checked));
  if (!chart.dataset.change) continue;

  /** Let the verb's form open with what was drawn; its own widget tells the effect. */
  const propose = (bar, days) => {
    if (!days) return;
    const url = `${chart.dataset.change}?activity=${encodeURIComponent(bar.dataset.bar)}&start_on=${shifted(bar.dataset.first, days)}`;
    const opener = document.createElement("button");
    opener.dataset.dialogUrl = url;
    opener.hidden = true;
    chart.append(opener);
    opener.click();
    opener.remove();
  };
  const place = (bar, days) => bar.setAttribute("transform", `translate(${days * scale} 0)`);
  const rest = (bar) => bar.removeAttribute("transform");

  // The mouse or a finger
  let drag = null;
  chart.addEventListener("pointerdown", (event) => {
    const bar = event.target.closest("[data-bar]");
    if (!bar || event.button !== 0 || event.pointerType === "touch") return;
    drag = { bar, from: event.clientX, days: 0 };
    bar.setPointerCapture(event.pointerId);
    bar.classList.add("is-dragged");
    event.preventDefault();
  });
  chart.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.days = Math.round((event.clientX - drag.from) / scale);
    place(drag.bar, drag.days);
  });
  const drop = (event) => {
    if (!drag) return;
    const { bar, days } = drag;
    drag = null;
    bar.classList.remove("is-dragged");
    rest(bar);
    if (event.type === "pointerup") propose(bar, days);
  };
  chart.addEventListener("pointerup", drop);
  chart.addEventListener("pointercancel", drop);

  // The keyboard: one bar is in the tab order; up and down walk, left and right move by a day (with shift a week), Enter proposes
  let moved = 0;
  const bars = () => $$("[data-bar]", chart);
  const enter = (bar) => {
    for (const each of bars()) each.tabIndex = each === bar ? 0 : -1;
    bar.focus();
    bar.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const first = () => bars()[0] && !bars().some((bar) => bar.tabIndex === 0) && (bars()[0].tabIndex = 0);
  first();
  document.addEventListener("htmx:afterSettle", first);
  chart.addEventListener("focusout", ({ target }) => {
    if (target.dataset?.bar && moved) rest(target);
    moved = 0;
  });
  chart.addEventListener("keydown", (event) => {
    const bar = event.target.closest("[data-bar]");
    if (!bar) return;
    const all = bars(), at = all.indexOf(bar), step = event.shiftKey ? 7 : 1;
    const keys = {
      ArrowDown: () => enter(all[Math.min(at + 1, all.length - 1)]),
      ArrowUp: () => enter(all[Math.max(at - 1, 0)]),
      Home: () => enter(all[0]),
      End: () => enter(all.at(-1)),
      ArrowRight: () => place(bar, (moved += step)),
      ArrowLeft: () => place(bar, (moved -= step)),
      Escape: () => { moved = 0; rest(bar); },
      Enter: () => { const days = moved; moved = 0; rest(bar); propose(bar, days); },
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });
}
