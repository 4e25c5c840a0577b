import types from "../inspect-types.js";

export default types;
