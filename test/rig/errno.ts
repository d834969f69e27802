/** Error numbers of Linux that usbfs and FUSE answer with. */
export const ENOENT = 2
export const EAGAIN = 11
export const EBUSY = 16
export const ENODEV = 19
export const EINVAL = 22
export const ENOTTY = 25
export const EPIPE = 32
export const ENOSYS = 38
export const ENODATA = 61
export const ECONNRESET = 104
export const ESHUTDOWN = 108
