// What a person does with passkeys, in a real browser with a virtual authenticator: the page is one of the server's own, and
// what it hands to the browser and to the server is what came from the other, unchanged. Tells what happened as JSON.
import { chromium } from "playwright-core";

const { BROWSER, ADDRESS, EMAIL, PASSWORD } = process.env;
const ORIGIN = "http://localhost";
const ALGORITHMS = { EdDSA: -8, ES256: -7, RS256: -257 };

const browser = await chromium.launch({
  executablePath: BROWSER,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    // The server's port is known only once it runs; the name that passkeys are for is known before.
    `--host-resolver-rules=MAP localhost:80 ${ADDRESS}`,
  ],
});
const context = await browser.newContext();
const page = await context.newPage();
await page.goto(`${ORIGIN}/api/docs/`);
const devtools = await context.newCDPSession(page);
await devtools.send("WebAuthn.enable");

const options = {
  protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true,
  isUserVerified: true, automaticPresenceSimulation: true,
};
let authenticatorId;
async function plugIn() {
  ({ authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options }));
}
const unplug = () => devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });

// Everything below runs in the page, with its cookies, its origin and its policies.
await page.evaluate(() => {
  window.call = async (method, path, body) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), credentials: "same-origin" });
    return { status: answer.status, body: await answer.json() };
  };
  window.create = async (publicKey) => {
    const parsed = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
    return (await navigator.credentials.create({ publicKey: parsed })).toJSON();
  };
  window.get = async (publicKey) => {
    const parsed = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
    return (await navigator.credentials.get({ publicKey: parsed })).toJSON();
  };
});
const call = (method, path, body) => page.evaluate((given) => window.call(...given), [method, path, body]);
const create = (publicKey) => page.evaluate((given) => window.create(given), publicKey);
const get = (publicKey) => page.evaluate((given) => window.get(given), publicKey);
const ok = ({ status, body }) => {
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
};
const failure = (promise) => promise.then(() => "none", (error) => String(error).match(/\w+Error/g).at(-1));

async function signIn(extra = {}) {
  return call("POST", "/api/v1/auth/login", { email: EMAIL, password: PASSWORD, ...extra });
}
async function register(name, only) {
  const { publicKey } = ok(await call("POST", "/api/v1/users/me/passkeys/options", {}));
  const pubKeyCredParams = publicKey.pubKeyCredParams.filter(({ alg }) => only === undefined || alg === only);
  const credential = await create({ ...publicKey, pubKeyCredParams });
  return ok(await call("POST", "/api/v1/users/me/passkeys", { name, credential })).passkey;
}
async function passkeyAlone() {
  const { publicKey } = ok(await call("POST", "/api/v1/auth/passkeys/options", {}));
  return call("POST", "/api/v1/auth/passkeys/login", { credential: await get(publicKey) });
}
async function passkeyBeside() {
  const { publicKey } = ok(await call("POST", "/api/v1/auth/passkeys/second-factor-options", { email: EMAIL, password: PASSWORD }));
  return signIn({ passkey: await get(publicKey) });
}
const whoAmI = async () => (await call("GET", "/api/v1/users/me")).body.user?.email;
const signOut = async () => ok(await call("POST", "/api/v1/auth/logout", {}));

const told = { algorithms: {} };
for (const [name, number] of Object.entries(ALGORITHMS)) {
  await plugIn();
  ok(await signIn());
  const passkey = await register(name, number);
  await signOut();
  const alone = ok(await passkeyAlone()).user.email;
  const who = await whoAmI();
  await signOut();
  const beside = ok(await passkeyBeside()).user.email;
  await signOut();
  told.algorithms[name] = { algorithm: passkey.algorithm, transports: passkey.transports, alone, who, beside };
  await unplug();
}

// As a browser chooses among all that we take, and once more where there is one already.
await plugIn();
ok(await signIn());
const chosen = await register("chosen");
told.chosen = chosen.algorithm;
told.again = await failure(register("again"));

// A copy of the key, which does not know how often the other was used.
const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
const copy = credentials.find(({ isResidentCredential }) => isResidentCredential);
ok(await passkeyAlone());
ok(await passkeyAlone());
await devtools.send("WebAuthn.removeCredential", { authenticatorId, credentialId: copy.credentialId });
await devtools.send("WebAuthn.addCredential", { authenticatorId, credential: { ...copy, signCount: 1 } });
told.copied = (await passkeyAlone()).status;
const { passkeys } = ok(await call("GET", "/api/v1/users/me/passkeys"));
told.suspected = passkeys.filter(({ suspectedAt }) => suspectedAt !== null).map(({ name }) => name);

// Nobody touches it, or somebody else does.
await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
told.unverified = await failure(passkeyAlone());
await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });

// Another page, whose origin the browser tells whatever the page says.
const { publicKey } = ok(await call("POST", "/api/v1/auth/passkeys/options", {}));
told.elsewhere = await failure(get({ ...publicKey, rpId: "example.com" }));

await browser.close();
console.log(JSON.stringify(told));
