"""A mail server on a free port of loopback that prints each mail it takes as one line of JSON.

`mail_server.py` alone takes what comes. `mail_server.py starttls|tls CERTIFICATE KEY` takes mail over TLS alone, and from `mayfly`
with its password alone. It ends when its standard input does.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def tell(thing):
    print(json.dumps(thing), flush=True)


class Printer:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = message.get_body(preferencelist=("plain",)).get_content()
        tell({"from": envelope.mail_from, "to": envelope.rcpt_tos, "subject": message["subject"], "text": body})
        return "250 taken"


def knows(server, session, envelope, mechanism, shown):
    right = LoginPassword(b"mayfly", b"planted-mail-password")
    return AuthResult(success=shown == right, handled=False)


def options():
    """What the protocol and its socket are made with."""
    if len(sys.argv) == 1:
        return {}, None
    kind, certificate, key = sys.argv[1:]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    login = {"auth_required": True, "authenticator": knows}
    if kind == "tls":
        return {**login, "auth_require_tls": False}, context
    return {**login, "tls_context": context, "require_starttls": True}, None


async def serve():
    loop = asyncio.get_running_loop()
    protocol, context = options()
    server = await loop.create_server(lambda: SMTP(Printer(), loop=loop, **protocol), "127.0.0.1", 0, ssl=context)
    tell({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(serve())
