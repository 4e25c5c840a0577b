export default "the default";
export const named = "by name";
