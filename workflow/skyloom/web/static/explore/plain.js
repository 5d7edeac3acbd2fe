// A page without a life of its own but for the keys.

import { bindKeys } from "./keys.js";

bindKeys();
