// Builds the staff's styles and scripts into the folder given: Tabler without the rules that no page uses, the font's three
// alphabets and its signs of currencies, and one script a page kind. Names carry a hash of the content; assets.json maps ours to those.
// Usage: node build.mjs OUT TEMPLATES...
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { PurgeCSS } from "purgecss";
import subset from "subset-font";

const here = dirname(fileURLToPath(import.meta.url));
const [out, ...sources] = process.argv.slice(2);
const tabler = readFileSync(join(here, "node_modules/@tabler/core/dist/css/tabler.css"), "utf8");
// what pages use, and what Tabler gives to elements that any page may have
const [{ css }] = await new PurgeCSS().purge({
  content: [...sources.map((s) => join(s, "**/*.html")), join(here, "*.js")],
  css: [{ raw: tabler }],
  variables: true,
});

const inline = {
  name: "purged-tabler",
  setup(b) {
    b.onResolve({ filter: /^tabler$/ }, () => ({ path: "tabler", namespace: "purged" }));
    b.onLoad({ filter: /.*/, namespace: "purged" }, () => ({ contents: css, loader: "css", resolveDir: here }));
  },
};

// The signs of currencies are on every page, and the font has them in a file of 85 kB that hardly a page needs otherwise.
const currencies = {
  name: "currencies",
  setup(b) {
    b.onResolve({ filter: /^inter-currencies$/ }, () => ({ path: "inter-currencies.woff2", namespace: "currencies" }));
    b.onLoad({ filter: /.*/, namespace: "currencies" }, async () => {
      const whole = readFileSync(join(here, "node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2"));
      const signs = String.fromCodePoint(...Array.from({ length: 0x21 }, (_, i) => 0x20a0 + i));
      return { contents: await subset(whole, signs, { targetFormat: "woff2" }), loader: "file" };
    });
  },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const settings = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ["es2022", "chrome123", "firefox120", "safari17.5"], // the first that know light-dark()
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  legalComments: "eof",
  logLevel: "warning",
  outdir: out,
  write: false,
  plugins: [inline, currencies],
};
const built = [
  await build({ ...settings, entryPoints: ["staff.css", "staff.js", "scheme.js"] }),
  await build({ ...settings, entryPoints: ["scheme_editor.js"], format: "esm" }), // fetched by scheme.js
];
const names = {};
for (const { path, contents } of built.flatMap((one) => one.outputFiles)) {
  const name = basename(path);
  const isEntry = /^(staff|scheme|scheme_editor)\.(css|js)$/.test(name);
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 12);
  const stored = isEntry ? `${basename(name, extname(name))}-${hash}${extname(name)}` : name;
  if (isEntry) names[name] = stored;
  writeFileSync(join(out, stored), contents);
}
writeFileSync(join(out, "assets.json"), JSON.stringify(names, null, 1) + "\n");
