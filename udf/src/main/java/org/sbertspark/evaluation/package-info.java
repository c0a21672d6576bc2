/** Metrics that say how good vectors are, as the reference libraries define them. */
package org.sbertspark.evaluation;
