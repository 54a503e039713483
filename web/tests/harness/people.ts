import { type RunningServer, setupCode } from './server.ts';

/** Asks the API as somebody, as the dashboard does: by a session's cookie. */
export class Person {
  readonly email: string;
  readonly password: string;
  #api: URL;
  #cookie = '';

  constructor(api: URL, email: string, password: string) {
    this.#api = api;
    this.email = email;
    this.password = password;
  }

  async signIn(): Promise<this> {
    const { headers } = await this.#send('POST', '/api/v1/auth/login', {
      email: this.email,
      password: this.password,
    });
    this.#cookie = headers
      .getSetCookie()
      .map(cookie => cookie.split(';')[0])
      .join('; ');
    return this;
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers differ, and a test reads what it needs
  async ask(method: string, path: string, sent?: unknown): Promise<any> {
    return (await this.#send(method, path, sent)).json();
  }

  async #send(method: string, path: string, sent?: unknown): Promise<Response> {
    const answer = await fetch(new URL(path, this.#api), {
      method,
      headers: { 'Content-Type': 'application/json', Cookie: this.#cookie },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}

/** Everybody's. */
export const PASSWORD = 'a calm river of tests';

/** The first administrator, and the organization. */
export async function bootstrap(server: RunningServer): Promise<Person> {
  const ana = new Person(server.url, 'ana@example.com', PASSWORD);
  await ana.ask('POST', '/api/v1/admin/bootstrap', {
    email: ana.email,
    password: PASSWORD,
    organization: 'Acme',
    setupCode: await setupCode(server),
  });
  return ana.signIn();
}

/** Somebody else, in the organization and in nothing else. */
export async function join(
  api: URL,
  inviter: Person,
  email: string,
  name: string,
  role = 'member',
): Promise<Person> {
  const { link } = await inviter.ask('POST', '/api/v1/users/invitations', { email, role });
  const token = new URL(link).hash.slice(1);
  const person = new Person(api, email, PASSWORD);
  await person.ask('POST', '/api/v1/users/invitations/accept', { token, name, password: PASSWORD });
  return person.signIn();
}
