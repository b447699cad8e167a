import { gofrStatements } from "./gofr";
import { gorillaStatements } from "./gorilla";
import { goyaveStatements } from "./goyave";
import { moduleStatements } from "./modules";
import { projectForgeStatements } from "./projectforge";
import { sdkStatements } from "./sdk";
import type { Statement } from "./statement";
import { violationStatements } from "./violation";

/** What a client sees of the servers of the seeds, each said once; those that end a server come last. */
export const statements: readonly Statement[] = [
  ...gorillaStatements,
  ...violationStatements,
  ...goyaveStatements,
  ...gofrStatements,
  ...projectForgeStatements,
  ...moduleStatements,
  ...sdkStatements,
];
