package org.sbertspark.inference;

import org.sbertspark.model.PoolingMode;

/**
 * A program that is not ours: what it takes besides ids and attention mask, and what is done with
 * what it gives.
 *
 * @param tokenTypes whether it takes token types (all zero) as its third input
 * @param pooling of its token vectors, where it gives such
 * @param normalize whether vectors are scaled to length 1
 */
record ReadyProgram(boolean tokenTypes, PoolingMode pooling, boolean normalize) {}
