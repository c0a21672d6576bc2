/** A page that shows a clustering: one HTML file with its data, its script and its library. */
package org.sbertspark.job.report;
