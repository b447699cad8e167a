import { isDeepStrictEqual } from "node:util";
import { libraries } from "../libraries";
import type { Chat } from "../libraries/library";
import { Server } from "../server";
import type { Work } from "../work";

const texts = [
  "plain",
  "Grüße, naïve café",
  "日本語と한국어",
  "שלום مرحبا",
  "👩‍👩‍👧‍👦 🇪🇺 e\u0301",
  'a "quote", a \\ and a \n',
  "\u0000\u001f\u2028\u2029",
  "[1,{}]\n4240",
];
const chats = Array.from({ length: 100 }, (_, index): Chat => {
  return { user: `user-${index}`, text: `${texts[index % texts.length]} ${index}`, time: index * 1.5 };
});

/** Shows that each library's path delivers the same chats, in both directions and in order; without that, no comparison is one. */
export const peers: Work = async ({ folder, say }) => {
  const server = await (await Server.make(folder)).listen();
  try {
    for (const library of libraries) {
      const { heard } = await server.with(library, (client) => client.ask({ say: chats }, 15_000));
      const wrong = chats.findIndex((chat, index) => !isDeepStrictEqual(heard[index], chat));
      if (wrong >= 0) {
        const [said, came] = [chats[wrong], heard[wrong]].map((chat) => JSON.stringify(chat));
        throw new Error(`${library.name} was told ${came} where ${said} was said; mend its adapter in test/bench/libraries.`);
      }
    }
    say(`${libraries.length} libraries deliver the same ${chats.length} chats`);
  } finally {
    await server.kill();
  }
  return [];
};
