// A WebSocket gateway as one writes it with ws and amqplib: one queue for the process, a set of sockets for each topic.
const amqp = require("amqplib");
const { WebSocketServer } = require("ws");

const subscribers = new Map();

async function main() {
  const connection = await amqp.connect(process.argv[2]);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue("", { exclusive: true });
  await channel.bindQueue(queue, "amq.topic", "#");
  await channel.consume(queue, deliver, { noAck: true });

  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  server.on("connection", (socket) => {
    socket.on("message", (text) => subscribe(socket, JSON.parse(text)));
    socket.on("close", () => subscribers.forEach((sockets) => sockets.delete(socket)));
  });
  server.on("listening", () => console.log(`node ready ${server.address().port}`));
}

function subscribe(socket, { op, id, topics }) {
  if (op !== "subscribe") return;
  for (const topic of topics) {
    if (!subscribers.has(topic)) subscribers.set(topic, new Set());
    subscribers.get(topic).add(socket);
  }
  socket.send(JSON.stringify({ op: "ok", id }));
}

function deliver(message) {
  const topic = message.fields.routingKey;
  const sockets = subscribers.get(topic);
  if (!sockets) return;
  const frame = JSON.stringify({ op: "message", topic, data: JSON.parse(message.content) });
  for (const socket of sockets) socket.send(frame);
}

main();
