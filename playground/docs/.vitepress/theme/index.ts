import DefaultTheme from "vitepress/theme";
import "./style.css";

// VitePress takes a default export.
export default DefaultTheme;
