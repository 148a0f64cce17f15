// An emulator of Telegram's Bot API on loopback: node telegram.cjs PORT. Prints "ready" when it listens.
const TelegramServer = require("telegram-test-api");

const port = Number(process.argv[2]);
const server = new TelegramServer({ port, host: "127.0.0.1", storage: "RAM", storeTimeout: 600 });
server.start().then(() => console.log("ready"));
