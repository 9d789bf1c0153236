// Bundles frontend/src into one folder of static files: app.js, app.css, charts.js, track.js, track-worker.js, icons.svg, favicon.svg and LICENSES.txt.
// Usage: node build.mjs [output folder]
import { build } from "esbuild";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "../src/zhuanban/site/static/zhuanban"));
process.chdir(here);

/** Bundle the entry points; small pictures become data: URLs, larger ones and fonts are copied beside the bundle. */
async function bundle() {
  const entryPoints = ["src/app.js", "src/app.css", "src/charts.js", "src/gantt.js", "src/screen.js", "src/track.js", "src/track-worker.js"];
  const result = await build({
    entryPoints,
    outdir: out,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome108", "firefox115", "safari16"],
    charset: "utf8",
    legalComments: "none",
    sourcemap: false,
    metafile: true,
    logLevel: "warning",
    assetNames: "[name]-[hash]",
    loader: { ".svg": "dataurl", ".png": "file", ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".eot": "empty" },
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return result.metafile;
}

/** A page must never ask another host for anything: refuse a style sheet that would. */
function refuseOutsideAddresses(file) {
  const css = readFileSync(file, "utf8");
  const outside = [...css.matchAll(/(?:url\(\s*["']?|@import\s+["'])((?:https?:)?\/\/[^"')]+)/g)].map((match) => match[1]);
  if (outside.length) throw new Error(`${file} refers to other hosts: ${outside.join(", ")}`);
}

/** One SVG sprite with the icons that icons.txt names (one a line, `#` starts a remark; `name-filled` for the filled drawing). */
function sprite() {
  const names = readFileSync("icons.txt", "utf8").split("\n").map((line) => line.replace(/#.*/, "").trim()).filter(Boolean);
  const drawings = (name) => readFileSync(join("node_modules/@tabler/icons-sprite/dist", name), "utf8");
  const outline = drawings("tabler-sprite.svg");
  const filled = drawings("tabler-sprite-filled.svg");
  const symbols = [...new Set(names)].map((name) => {
    const [drawing, id] = name.endsWith("-filled") ? [filled, `tabler-filled-${name.slice(0, -7)}`] : [outline, `tabler-${name}`];
    const start = drawing.indexOf(`<symbol id="${id}"`);
    if (start < 0) throw new Error(`icons.txt: there is no icon named "${name}"`);
    return drawing
      .slice(start, drawing.indexOf("</symbol>", start) + "</symbol>".length)
      .replace(`id="${id}"`, `id="i-${name}"`)
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, "");
  });
  writeFileSync(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
}

/** The licences of every package that ended up in a bundle, as their authors ask. */
function licences(metafile) {
  const packages = new Set(["@tabler/icons-sprite"]);
  for (const input of Object.keys(metafile.inputs)) {
    const match = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    if (match) packages.add(match[1]);
  }
  const texts = [...packages].sort().map((name) => {
    const folder = join("node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /^(licen[cs]e|notice)/i.test(entry.name) && /(^|\/)licenses$|\/node_modules\/(@[^/]+\/)?[^/]+$/.test(resolve(entry.parentPath)))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    return [`${name} ${version} (${license})`, ...files.map((file) => readFileSync(file, "utf8").trim())].join("\n\n");
  });
  writeFileSync(join(out, "LICENSES.txt"), texts.join(`\n\n${"-".repeat(80)}\n\n`) + "\n");
}

mkdirSync(out, { recursive: true });
const metafile = await bundle();
refuseOutsideAddresses(join(out, "app.css"));
if (existsSync("icons.txt")) sprite();
copyFileSync("src/favicon.svg", join(out, "favicon.svg"));
licences(metafile);
