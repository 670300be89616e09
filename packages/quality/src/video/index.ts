export {
  COMPARISON_METRICS,
  type ComparisonMetric,
  type ComparisonOptions,
  type FrameScores,
  PictureComparison,
} from './picture-comparison.ts';
export {
  type FrameInspection,
  type InspectionFrameMetric,
  type InspectionMetric,
  PictureInspection,
} from './picture-inspection.ts';
export type { InspectionScores, VideoFinding, VideoScores } from './video-scores.ts';
