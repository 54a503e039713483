"""A mail server on a free port of loopback that prints each mail it takes as one line of JSON.

It ends when its standard input does.
"""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


def tell(thing):
    print(json.dumps(thing), flush=True)


class Printer:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = message.get_body(preferencelist=("plain",)).get_content()
        tell({"from": envelope.mail_from, "to": envelope.rcpt_tos, "subject": message["subject"], "text": body})
        return "250 taken"


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Printer(), loop=loop), "127.0.0.1", 0)
    tell({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(serve())
