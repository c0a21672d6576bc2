/**
 * Compiles a model (configuration and weights) to TorchScript: a module tree, the program text of
 * its classes, and the pickle that ties both to the tensors' bytes. Pure Java: nothing here needs
 * libtorch.
 */
package org.sbertspark.torchscript;
