/**
 * Learning models from texts. Knows nothing of Spark: where the texts come from is the caller's
 * matter.
 */
package org.sbertspark.training;
