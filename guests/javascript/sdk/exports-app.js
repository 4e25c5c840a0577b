import { exports, getTask, getTaskConfig, getTaskNames, incomingHandler, registerTask, TaskRunner } from "./app.js";

export default { registerTask, getTask, getTaskConfig, getTaskNames, TaskRunner, exports, incomingHandler };
