import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Todos } from "./Todos";

createRoot(document.getElementById("app")!).render(<StrictMode><Todos /></StrictMode>);
