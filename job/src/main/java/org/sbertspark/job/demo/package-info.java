/**
 * What the quickstart needs when there is nothing yet: sample texts, a small model made from them,
 * and a baseline without any model. Knows neither Spark nor the engine.
 */
package org.sbertspark.job.demo;
