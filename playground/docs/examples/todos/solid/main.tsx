import { render } from "solid-js/web";
import { Todos } from "./Todos";

render(() => <Todos />, document.getElementById("app")!);
