// The TypeScript client of Project Forge's documentation, as it is written there but for the import path. It calls two
// methods that it leaves to its reader; they are declared at the end, and the test supplies them.

import { Socket, Message } from "../../src/index";

class ExampleClient {
    private socket: Socket;
    private channel: string;

    constructor(channel: string = "example") {
        this.channel = channel;

        this.socket = new Socket(
            true,                    // debug mode
            this.onOpen.bind(this),  // connection opened
            this.onMessage.bind(this), // message received
            this.onError.bind(this), // error occurred
            `/example/socket?ch=${channel}` // WebSocket URL
        );
    }

    private onOpen(): void {
        console.log("Connected to WebSocket");
        this.sendPing();
    }

    private onMessage(msg: Message): void {
        switch (msg.cmd) {
            case "pong":
                console.log("Received pong:", msg.param);
                break;

            case "chat":
                this.displayChatMessage(msg.param);
                break;

            case "user-joined":
                this.showUserJoined(msg.param);
                break;

            default:
                console.log("Unknown message:", msg);
        }
    }

    private onError(service: string, error: string): void {
        console.error(`WebSocket error in ${service}:`, error);
    }

    // Public methods
    sendPing(): void {
        this.socket.send({ channel: this.channel, cmd: "ping", param: {} });
    }

    sendChatMessage(text: string): void {
        this.socket.send({
            channel: this.channel,
            cmd: "chat",
            param: { text }
        });
    }

    joinRoom(room: string): void {
        this.socket.send({
            channel: this.channel,
            cmd: "join-room",
            param: { room }
        });
    }
}

// Initialize when page loads
document.addEventListener("DOMContentLoaded", () => {
    const client = new ExampleClient("my-channel");

    // Wire up UI events
    const chatForm = document.getElementById("chat-form") as HTMLFormElement;
    const chatInput = document.getElementById("chat-input") as HTMLInputElement;

    chatForm?.addEventListener("submit", (e) => {
        e.preventDefault();
        const text = chatInput.value.trim();
        if (text) {
            client.sendChatMessage(text);
            chatInput.value = "";
        }
    });
});

interface ExampleClient {
  displayChatMessage(param: unknown): void;
  showUserJoined(param: unknown): void;
}

// For the test, which cannot see into a module.
Object.assign(window, { ExampleClient });
