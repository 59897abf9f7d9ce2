// Checks Grafana dashboards: node dashboards.mjs EXPRESSIONS.yml DASHBOARD.json…
//
// Panels, their options and queries are written down as TypeScript literals of their types, so that the compiler finds every unknown and
// wrongly typed field. The expressions are written to a rules file, for promtool to parse.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";

const [expressionsFile, ...files] = process.argv.slice(2);
const problems = [];
const source = [];
const rules = [];

// Enums of Grafana's types are their values in JSON.
const HEAD = `import type * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import type * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import type * as heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import type * as stat from "@grafana/grafana-foundation-sdk/stat";
import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
type Json<T> = T extends string ? \`\${T}\` : T extends number | boolean | null ? T : T extends (infer E)[] ? Json<E>[]
  : { [K in keyof T as T[K] extends Function | undefined ? never : K]?: Json<T[K]> };
`;

function literal(where, type, value) {
  source.push(`// ${where}\n{ const it: Json<${type}> = ${JSON.stringify(value, null, 1)}; void it; }\n`);
}

for (const file of files) {
  const { panels, ...whole } = JSON.parse(readFileSync(file, "utf8"));
  literal(basename(file), 'Omit<dashboard.Dashboard, "panels">', whole);
  const ids = new Set();
  const cells = new Map();
  for (const { targets, options, ...panel } of panels) {
    const where = `${basename(file)}: ${panel.title}`;
    if (ids.has(panel.id)) {
      problems.push(`${where}: the id ${panel.id} is another panel's too`);
    }
    ids.add(panel.id);
    for (let x = panel.gridPos.x; x < panel.gridPos.x + panel.gridPos.w; x++) {
      for (let y = panel.gridPos.y; y < panel.gridPos.y + panel.gridPos.h; y++) {
        if (cells.has(`${x} ${y}`) || x > 23) {
          problems.push(`${where}: it lies on ${cells.get(`${x} ${y}`) ?? "the edge"}`);
        }
        cells.set(`${x} ${y}`, panel.title);
      }
    }
    if (panel.type === "row") {
      literal(where, "dashboard.RowPanel", panel);
      continue;
    }
    if (!panel.description) {
      problems.push(`${where}: it does not say what it shows`);
    }
    const { custom, ...defaults } = panel.fieldConfig.defaults;
    literal(where, "dashboard.Panel", { ...panel, fieldConfig: { ...panel.fieldConfig, defaults } });
    literal(where, `${panel.type}.Options`, options);
    if (custom) {
      literal(where, `${panel.type}.FieldConfig`, custom);
    }
    for (const target of targets) {
      literal(where, "prometheus.Dataquery", target);
      rules.push(target.expr);
    }
  }
}

const here = dirname(fileURLToPath(import.meta.url));
const directory = mkdtempSync(join(here, "types-"));
const text = HEAD + source.join("");
writeFileSync(join(directory, "dashboards.ts"), text);
const compiled = spawnSync(process.execPath, [
  join(here, "node_modules/typescript/bin/tsc"), "--strict", "--noEmit", "--skipLibCheck", "--module", "nodenext",
  "--moduleResolution", "nodenext", "--target", "es2022", "--pretty", "false", join(directory, "dashboards.ts"),
], { encoding: "utf8" });
rmSync(directory, { recursive: true });
const lines = text.split("\n");
for (const [, line, message] of compiled.stdout.matchAll(/\((\d+),\d+\): error (.*)/g)) {
  const whose = lines.slice(0, line).reverse().find((one) => one.startsWith("// ")) ?? "";
  problems.push(`${whose.slice(3)}: ${message} At: ${lines[line - 1].trim()}`);
}
if (compiled.status !== 0 && problems.length === 0) {
  problems.push(compiled.stdout + compiled.stderr);
}

const expressions = rules.map((expr, i) => ({
  record: `dashboard:expression:${i}`,
  expr: expr.replaceAll("$__rate_interval", "1m").replaceAll(/\$\w+/g, ".*"),
}));
writeFileSync(expressionsFile, stringify({ groups: [{ name: "dashboards", rules: expressions }] }));
new Set(problems).forEach((sentence) => console.log(sentence));
console.log(`dashboards: ${source.length} objects and ${rules.length} expressions, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
