/** A page of the menu, or a heading over some. */
export interface Entry {
  readonly text: string;
  /** The page, from the root of the site and without `.md`. */
  readonly link?: string;
  readonly items?: readonly Entry[];
  readonly collapsed?: boolean;
}

/** The whole menu, in reading order: every page is in it, which a test checks. */
export const menu: readonly Entry[] = [
  {
    text: "Start",
    items: [
      { text: "What Wireline is", link: "/start/what-it-is" },
      { text: "A chat in five minutes", link: "/start/" },
      { text: "In a script tag", link: "/start/script-tag" },
      { text: "In React", link: "/start/react" },
    ],
  },
  {
    text: "Guides",
    items: [
      { text: "The connection and its states", link: "/guides/connection" },
      { text: "Reconnecting and close codes", link: "/guides/reconnecting" },
      { text: "Dead links and heartbeats", link: "/guides/heartbeat" },
      { text: "Receiving messages", link: "/guides/receiving" },
      { text: "Sending and outcomes", link: "/guides/sending" },
      { text: "Requests and confirmations", link: "/guides/requests" },
      { text: "After a reconnect", link: "/guides/after-a-reconnect" },
      { text: "What you missed", link: "/guides/missed" },
      { text: "Channels and presence", link: "/guides/channels" },
      { text: "Hooks for components", link: "/guides/hooks" },
      { text: "Schemas and protocols", link: "/guides/schemas" },
      { text: "From the protocol to Go", link: "/guides/contract" },
      { text: "Authentication", link: "/guides/authentication" },
      { text: "Errors", link: "/guides/errors" },
      { text: "Testing", link: "/guides/testing" },
      { text: "See what happens", link: "/guides/inspector" },
      { text: "Troubleshooting", link: "/guides/troubleshooting" },
      { text: "Limits", link: "/guides/limits" },
    ],
  },
  {
    text: "Recipes",
    items: [
      {
        text: "Frameworks",
        items: [
          { text: "React", link: "/recipes/react" },
          { text: "Vue", link: "/recipes/vue" },
          { text: "Svelte", link: "/recipes/svelte" },
          { text: "Solid", link: "/recipes/solid" },
          { text: "No framework", link: "/recipes/plain" },
          { text: "Next.js", link: "/recipes/nextjs" },
          { text: "Nuxt", link: "/recipes/nuxt" },
          { text: "SvelteKit", link: "/recipes/sveltekit" },
        ],
      },
      {
        text: "Beyond the browser",
        items: [
          { text: "Node, Bun, Deno", link: "/recipes/node" },
          { text: "React Native", link: "/recipes/react-native" },
          { text: "Electron", link: "/recipes/electron" },
          { text: "Browser extensions", link: "/recipes/extensions" },
        ],
      },
      {
        text: "State and screens",
        items: [
          { text: "TanStack Query", link: "/recipes/tanstack-query" },
          { text: "Redux", link: "/recipes/redux" },
          { text: "A toast and an offline banner", link: "/recipes/banner" },
        ],
      },
      {
        text: "Formats",
        items: [
          { text: "Bytes and MessagePack", link: "/recipes/binary" },
          { text: "Any other format", link: "/recipes/codecs" },
        ],
      },
      {
        text: "Network and security",
        items: [
          { text: "Proxies and clouds", link: "/recipes/proxies" },
          { text: "Strict CSP and Trusted Types", link: "/recipes/csp" },
        ],
      },
      { text: "Testing", items: [{ text: "MSW, Playwright and real servers", link: "/recipes/testing" }] },
    ],
  },
  {
    text: "Servers",
    items: [
      { text: "Node with ws", link: "/servers/node" },
      { text: "Python", link: "/servers/python" },
      { text: "Project Forge", link: "/servers/project-forge" },
      { text: "Goyave", link: "/servers/goyave" },
      { text: "GoFr", link: "/servers/gofr" },
      { text: "Behind a load balancer", link: "/servers/scaling" },
    ],
  },
  {
    text: "Reference",
    items: [
      { text: "Options", link: "/reference/options" },
      { text: "Errors", link: "/reference/errors" },
      { text: "What happens when …", link: "/reference/outcomes" },
      { text: "On the wire", link: "/reference/wire" },
      { text: "Runtimes and sizes", link: "/reference/runtimes" },
      { text: "Benchmarks", link: "/reference/benchmarks" },
      { text: "What clients see of each server", link: "/reference/servers" },
      { text: "The mock server", link: "/reference/testing" },
    ],
  },
  {
    text: "Compare and move",
    items: [
      { text: "Which one to choose", link: "/compare/" },
      { text: "From reconnecting-websocket", link: "/compare/reconnecting-websocket" },
      { text: "From partysocket", link: "/compare/partysocket" },
      { text: "From Socket.IO", link: "/compare/socket-io" },
      { text: "From react-use-websocket", link: "/compare/react-use-websocket" },
      { text: "From Phoenix channels", link: "/compare/phoenix" },
      { text: "From graphql-ws", link: "/compare/graphql-ws" },
    ],
  },
];

/** Every page that an entry leads to, in reading order. */
export function linksOf(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ link, items = [] }) => [...(link ? [link] : []), ...linksOf(items)]);
}
