// node:querystring: node's own code, as the package "unenv" carries it.
import querystring from "unenv/node/querystring";

export default { ...querystring };
