/**
 * Nearest neighbours between blocks of vectors: one matrix product a pair of blocks, and of its
 * result only what can be among the best of a row. Knows no Spark; the engine that multiplies is
 * libtorch, or netlib's BLAS where libtorch cannot be loaded.
 *
 * <p>The products are single precision and only choose candidates; with a bound of their rounding
 * error none is missed. What is kept is computed anew from the vectors in double precision. So
 * results are exact, and the same however rows are cut into blocks and whatever multiplied them.
 */
package org.sbertspark.similarity;
