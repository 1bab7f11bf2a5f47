/** Folder of the view's store, and its name among the readers of the log. */
export const VIEW = 'view'
/** Folder of the policy's store. */
export const POLICY = 'policy'
