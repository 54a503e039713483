// A real OpenID provider on a free port of 127.0.0.1. Whoever signs in is who they say, if `accounts` knows them; what it
// knows is read anew each time, so that a test can move people between groups. Prints its issuer when it serves.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

import Provider from 'oidc-provider';

const { CERTIFICATE, PRIVATE_KEY, ACCOUNTS, CLIENT_SECRET, REDIRECT_URI } = process.env;

const known = () => JSON.parse(readFileSync(ACCOUNTS, 'utf8'));
const server = createServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(PRIVATE_KEY) });

server.listen(0, '127.0.0.1', () => {
  const issuer = `https://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'mayfly',
        client_secret: CLIENT_SECRET,
        redirect_uris: [REDIRECT_URI],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    cookies: { keys: ['of a test'] },
    pkce: { required: () => true },
    scopes: ['openid', 'email', 'profile', 'groups'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    findAccount: (_, id) => {
      const account = known()[id];
      return account && { accountId: id, claims: () => ({ sub: id, ...account }) };
    },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
