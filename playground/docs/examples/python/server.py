import asyncio
import json
import time

from websockets.asyncio.server import broadcast, serve

connections = set()


async def handle(connection):
    connections.add(connection)
    try:
        async for data in connection:
            try:
                message = json.loads(data)
                answer = {"channel": message.get("channel", ""), "cmd": message["cmd"]}
                if message["cmd"] == "ping":
                    answer |= {"cmd": "pong", "param": {"timestamp": time.time() * 1000}}
                    await connection.send(json.dumps(answer))
                elif message["cmd"] == "chat":
                    text = str(message["param"]["text"])
                    answer |= {"param": {"user": "guest", "text": text}}
                    broadcast(connections, json.dumps(answer))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                print("Ignored a message:", error)
    finally:
        connections.discard(connection)


async def main():
    async with serve(handle, "localhost", 8080, max_size=65_536) as server:
        print("Listening on ws://localhost:8080")
        await server.serve_forever()


asyncio.run(main())
