/* SPDX-License-Identifier: Apache-2.0 */
import { render } from "preact";
import "../styles/app.css";
import { startRouter } from "../models/router";
import { startSession } from "../models/session";
import { App } from "./App";

startRouter();
void startSession();
render(<App />, document.getElementById("app") as HTMLElement);
