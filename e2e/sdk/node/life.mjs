// Everything that the Node SDK offers of dynamic secrets, in the order of a lease's life. What it saw goes to standard
// output as JSON, one object; the test compares it with the cluster.

import assert from "node:assert/strict";
import { DynamicSecretProviders, InfisicalSDK } from "@infisical/sdk";

const { MAYFLY_URL, CLIENT_ID, CLIENT_SECRET, PROJECT, PROJECT_ID, ENVIRONMENT, INPUTS } = process.env;
const inputs = JSON.parse(INPUTS);
const place = { projectSlug: PROJECT, environmentSlug: ENVIRONMENT, path: "/" };
const name = "from-node";

const sdk = new InfisicalSDK({ siteUrl: MAYFLY_URL });
await sdk.auth().universalAuth.login({ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET });
await sdk.auth().universalAuth.renew();
assert.ok(sdk.auth().getAccessToken());

const folder = await sdk.folders().create({ name: "ci", path: "/", projectId: PROJECT_ID, environment: ENVIRONMENT });
const folders = await sdk.folders().listFolders({ projectId: PROJECT_ID, environment: ENVIRONMENT, path: "/" });
assert.ok(folders.some((found) => found.id === folder.id));

// The enumeration may not have our provider; the wire does.
const type = DynamicSecretProviders.Kubernetes ?? "kubernetes";
const secret = await sdk.dynamicSecrets().create({
  ...place,
  name,
  defaultTTL: "1h",
  maxTTL: "4h",
  provider: { type, inputs },
  metadata: [{ key: "team", value: "a" }],
});
assert.equal(secret.name, name);
assert.equal(secret.type, "kubernetes");
assert.equal(secret.defaultTTL, "1h");
assert.equal(secret.maxTTL, "4h");

const leases = sdk.dynamicSecrets().leases;
const issued = await leases.create({ ...place, dynamicSecretName: name, ttl: "20m" });
assert.equal(issued.lease.dynamicSecretId, secret.id);
const life = Date.parse(issued.lease.expireAt) - Date.parse(issued.lease.createdAt);
assert.ok(Math.abs(life - 20 * 60_000) < 5_000, `lives ${life} ms`);
const usual = await leases.create({ ...place, dynamicSecretName: name });

await assert.rejects(leases.renew(issued.lease.id, { ...place, ttl: "30m" }), (error) => {
  assert.match(error.message, /\[StatusCode=400\] Dynamic secret lease with ID /);
  return true;
});

const ended = await leases.delete(issued.lease.id, place);
assert.equal(ended.lease.id, issued.lease.id);
await assert.rejects(leases.delete(issued.lease.id, place), /\[StatusCode=404\]/);

const removed = await sdk.dynamicSecrets().delete(name, place);
assert.equal(removed.id, secret.id);
await assert.rejects(leases.create({ ...place, dynamicSecretName: name }), /\[StatusCode=404\]/);

console.log(JSON.stringify({ leases: [issued.lease.id, usual.lease.id], token: issued.data.TOKEN }));
