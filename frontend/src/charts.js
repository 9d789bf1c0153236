// Interactive charts, loaded only by pages that hold one: <div data-chart data-source="ID OF A json_script">.
// Two kinds: "lines" (S-curve, burn-down, fan over data dates) and "bars" (tornado, ranking). Canvas only: ECharts' HTML
// tooltips carry inline styles, which the content policy forbids, so tooltips are drawn too.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, DataZoomInsideComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([LineChart, BarChart, AriaComponent, DataZoomInsideComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

const INK = "#1b2733", MUTED = "#586572", LINE = "#e3e8ee";
const ROLES = {
  plan: { color: "#83909e", width: 1.6, type: "dashed" },
  actual: { color: "#0a5bd3", width: 2.4, type: "solid" },
  forecast: { color: "#0a5bd3", width: 1.8, type: "dotted" },
  warning: { color: "#c8322b", width: 1.6, type: "dashed" },
};
const font = { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12, color: MUTED };
const axis = { axisLine: { lineStyle: { color: LINE } }, axisTick: { show: false }, axisLabel: font };
const amount = (unit) => (value) => (value == null ? "—" : `${Number(value).toLocaleString("zh-CN", { maximumFractionDigits: 1 })}${unit ? ` ${unit}` : ""}`);

function shared({ title, unit, legend = true }) {
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    aria: { enabled: true, label: { description: title } },
    textStyle: font,
    grid: { left: 8, right: 16, top: legend ? 34 : 14, bottom: 8, containLabel: true },
    legend: legend ? { top: 0, right: 0, icon: "roundRect", itemWidth: 14, itemHeight: 3, textStyle: font } : undefined,
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: amount(unit), backgroundColor: INK, borderWidth: 0, textStyle: { color: "#fff", fontSize: 12 } },
  };
}

/** A band is two invisible lines stacked: the floor, and the height above it filled. */
function band({ name, low, high }) {
  const hidden = { type: "line", stack: name, symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } };
  return [
    { ...hidden, name: `${name} `, data: low },
    { ...hidden, name, data: high.map((top, index) => (top == null ? null : top - low[index])), areaStyle: { color: "#0a5bd3", opacity: 0.14 }, itemStyle: { color: "#b9d2f6" } },
  ];
}

function lines(data) {
  const series = data.series.flatMap((one) => {
    if (one.low) return band(one);
    const look = ROLES[one.role] ?? ROLES.actual;
    return [{ type: "line", name: one.name, data: one.values, symbol: "circle", symbolSize: 5, lineStyle: look, itemStyle: { color: look.color }, connectNulls: false }];
  });
  if (data.today) series[0].markLine = { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: INK, type: "dashed" }, data: [{ xAxis: data.today }] };
  return {
    ...shared(data),
    legend: { ...shared(data).legend, data: data.series.map((one) => one.name) },
    xAxis: { type: "category", data: data.labels, boundaryGap: false, ...axis },
    yAxis: { type: "value", ...axis, splitLine: { lineStyle: { color: "#eef1f5" } } },
    dataZoom: data.labels.length > 24 ? [{ type: "inside", zoomOnMouseWheel: "ctrl" }] : [],
    series,
  };
}

function bars(data) {
  return {
    ...shared({ ...data, legend: false }),
    xAxis: { type: "value", ...axis, splitLine: { lineStyle: { color: "#eef1f5" } } },
    yAxis: { type: "category", inverse: true, data: data.labels, ...axis, axisLabel: { ...font, color: INK } },
    series: [{
      type: "bar", name: data.title, barMaxWidth: 16, label: { show: true, position: "right", formatter: ({ value }) => amount(data.unit)(value), ...font },
      data: data.values.map((value) => ({ value, itemStyle: { color: value < 0 ? "#c8322b" : "#0a5bd3", borderRadius: 3 } })),
    }],
  };
}

const KINDS = { lines, bars };

for (const place of document.querySelectorAll("[data-chart]")) {
  const data = JSON.parse(document.getElementById(place.dataset.source).textContent);
  const chart = echarts.init(place, null, { renderer: "canvas" });
  chart.setOption(KINDS[data.kind](data));
  chart.on("click", ({ dataIndex }) => {
    const href = data.hrefs?.[dataIndex];
    if (href) location.assign(href);
  });
  new ResizeObserver(() => chart.resize()).observe(place);
}
