// Checks rendered Kubernetes objects: node objects.mjs RENDERED.yaml ROOT
//
// Each object is written down as a TypeScript literal of its type, so that the compiler finds every unknown and wrongly typed field, at any
// depth. Then come the things that no schema knows: selectors, the time for a drain, and what is told in two places.
import { spawnSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { parse, parseAllDocuments } from "yaml";

const [rendered, root] = process.argv.slice(2);
const objects = parseAllDocuments(readFileSync(rendered, "utf8")).map((document) => document.toJS());
const problems = [];

/** Seconds from a session's goaway to its close at the most: outcomes of what it has published are awaited. */
const LEAVING = 11;

const problem = (object, sentence) => problems.push(`${object.kind} ${object.metadata.name}: ${sentence}`);
const only = (kind) => objects.find((object) => object.kind === kind);
const named = (kind, name) => objects.find((object) => object.kind === kind && object.metadata.name === name);

checkTypes();
checkSelectors();
checkDrain();
checkSecrets();
checkRules();
checkBroker();
new Set(problems).forEach((sentence) => console.log(sentence));
console.log(`${rendered}: ${objects.length} objects, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);

function checkTypes() {
  const here = dirname(fileURLToPath(import.meta.url));
  const directory = mkdtempSync(join(here, "types-"));
  const source = objects.map((object, i) => {
    return `// ${object.kind} ${object.metadata.name}\n`
      + `export const object${i}: import("${declaration(object)}").I${object.kind} = ${JSON.stringify(object, null, 1)};\n`;
  });
  writeFileSync(join(directory, "objects.ts"), source.join(""));
  const compiled = spawnSync(process.execPath, [
    join(here, "node_modules/typescript/bin/tsc"), "--strict", "--noEmit", "--skipLibCheck", "--module", "nodenext",
    "--moduleResolution", "nodenext", "--pretty", "false", join(directory, "objects.ts"),
  ], { encoding: "utf8" });
  if (compiled.status !== 0) {
    const lines = source.join("").split("\n");
    for (const [, line, message] of compiled.stdout.matchAll(/\((\d+),\d+\): error (.*)/g)) {
      const whose = lines.slice(0, line).reverse().find((text) => text.startsWith("// "));
      problems.push(`${whose?.slice(3)}: ${message} At: ${lines[line - 1].trim()}`);
    }
    if (problems.length === 0) {
      problems.push(compiled.stdout + compiled.stderr);
    }
  }
  rmSync(directory, { recursive: true });
}

/** The module that declares the type of this kind. */
function declaration({ apiVersion, kind }) {
  const packages = { "monitoring.coreos.com": "@kubernetes-models/prometheus-operator", "gateway.networking.k8s.io": "@kubernetes-models/gateway-api" };
  const group = apiVersion.split("/")[0];
  return group === "rabbitmq.com" ? "../rabbitmq.js" : `${packages[group] ?? "kubernetes-models"}/${apiVersion}/${kind}`;
}

/** Whatever selects the gateway's pods selects just them. */
function checkSelectors() {
  const labels = only("Deployment").spec.template.metadata.labels;
  const selects = (selector) => Object.entries(selector).every(([name, value]) => labels[name] === value);
  const selectors = {
    Deployment: (spec) => spec.selector.matchLabels,
    Service: (spec) => spec.selector,
    PodDisruptionBudget: (spec) => spec.selector.matchLabels,
    NetworkPolicy: (spec) => spec.podSelector.matchLabels,
  };
  for (const [kind, selector] of Object.entries(selectors)) {
    const chosen = selector(only(kind).spec) ?? {};
    if (Object.keys(chosen).length === 0 || !selects(chosen)) {
      problem(only(kind), `its selector ${JSON.stringify(chosen)} is not that of the gateway's pods ${JSON.stringify(labels)}`);
    }
  }
  const monitored = only("ServiceMonitor").spec.selector.matchLabels;
  const service = only("Service").metadata.labels;
  if (!Object.entries(monitored).every(([name, value]) => service[name] === value)) {
    problem(only("ServiceMonitor"), `it does not select the Service: ${JSON.stringify(monitored)}`);
  }
  for (const rule of only("NetworkPolicy").spec.egress.flatMap((egress) => egress.to)) {
    if (rule.podSelector?.matchLabels?.["app.kubernetes.io/name"] === "sluice") {
      problem(only("NetworkPolicy"), "egress to the gateway itself: the labels of RabbitMQ or DNS are lost");
    }
  }
}

function gatewayFile() {
  const volume = only("Deployment").spec.template.spec.volumes.find((one) => one.configMap);
  return parse(named("ConfigMap", volume.configMap.name).data["sluice.yaml"]);
}

function seconds(duration) {
  const [, count, unit] = /^(\d+)(ms|s|m|h)$/.exec(duration);
  return count * { ms: 0.001, s: 1, m: 60, h: 3600 }[unit];
}

/** The pod is not killed while sessions are still told to leave. */
function checkDrain() {
  const file = gatewayFile();
  const pod = only("Deployment").spec.template.spec;
  const needed = pod.containers[0].lifecycle.preStop.sleep.seconds + seconds(file.drain?.delay ?? "5s")
    + seconds(file.drain?.window ?? "30s") + LEAVING + seconds(file.websocket?.closeTimeout ?? "5s");
  if (pod.terminationGracePeriodSeconds <= needed) {
    problem(only("Deployment"), `terminationGracePeriodSeconds is ${pod.terminationGracePeriodSeconds}, and a drain may take ${needed} s`);
  }
}

/** What the file takes from the environment is there; Secrets that the overlay makes have the keys. */
function checkSecrets() {
  const env = only("Deployment").spec.template.spec.containers[0].env;
  for (const [, name] of JSON.stringify(gatewayFile()).matchAll(/\$\{(\w+)\}/g)) {
    if (!env.some((one) => one.name === name)) {
      problem(only("Deployment"), `sluice.yaml wants ${name} from the environment`);
    }
  }
  for (const { name, key } of env.map((one) => one.valueFrom?.secretKeyRef).filter((one) => one && !one.optional)) {
    const secret = named("Secret", name);
    if (secret && secret.data[key] === undefined) {
      problem(secret, `there is no key ${key}`);
    }
  }
}

function checkRules() {
  const groups = parse(readFileSync(join(root, "deploy/prometheus/sluice.rules.yml"), "utf8")).groups;
  if (!isDeepStrictEqual(only("PrometheusRule").spec.groups, groups)) {
    problem(only("PrometheusRule"), "its groups are not those of deploy/prometheus/sluice.rules.yml");
  }
}

/** The operator's objects are what Compose's definitions are. */
function checkBroker() {
  const definitions = JSON.parse(readFileSync(join(root, "deploy/rabbitmq/definitions.json"), "utf8"));
  const all = (kind) => objects.filter((object) => object.kind === kind).map((object) => object.spec);
  const same = (what, here, there) => {
    const sorted = (list) => list.map((one) => JSON.stringify(one)).sort();
    if (!isDeepStrictEqual(sorted(here), sorted(there))) {
      problems.push(`k8s/rabbitmq: ${what} are not those of deploy/rabbitmq/definitions.json: ${sorted(here)} and ${sorted(there)}`);
    }
  };
  const own = ({ user }) => user === "sluice";
  same("exchanges", all("Exchange").map(({ name, type }) => [name, type]), definitions.exchanges.map(({ name, type }) => [name, type]));
  same("queues", all("Queue").map(({ name }) => name), (definitions.queues ?? []).map(({ name }) => name));
  same("permissions", all("Permission").map(({ permissions: { configure, write, read } }) => [configure, write, read]),
    definitions.permissions.filter(own).map(({ configure, write, read }) => [configure, write, read]));
  same("topic permissions", all("TopicPermission").map(({ permissions: { exchange, write, read } }) => [exchange, write, read]),
    definitions.topic_permissions.filter(own).map(({ exchange, write, read }) => [exchange, write, read]));
}
