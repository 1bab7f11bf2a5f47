import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const LOG_NAME = 'log_standard_4_08_to_4_21_pure'
export const LOG_HEADER =
  'user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,is_forward,is_hate,long_view,' +
  'play_time_ms,duration_ms,profile_stay_time,comment_stay_time,is_profile_enter,is_rand,tab'
export const GOOD_ROW = '712,5239,20220425,2205,1650812741436,1,0,1,0,0,0,1,61802,49866,0,0,0,0,1'

const USERS = `user_id,user_active_degree,is_lowactive_period,is_video_author,fans_user_num,fans_user_num_range,register_days,onehot_feat4
712,full_active,0,1,150,"[100,1k)",799,1.0
713,middle_active,0,0,0,0,30,
`
const VIDEOS = `video_id,author_id,video_type,upload_dt,upload_type,visible_status,video_duration,music_id,music_type,tag
5239,7349781,NORMAL,2022-04-10,LongImport,0.0,87433.0,9155697141,9.0,"20,43"
6831,2103883,AD,2022-04-10,Kmovie,0.0,,6355810746,,
`

/** The column of a log row. */
export function changeRow(column: string, value: string): string {
  const fields = GOOD_ROW.split(',')
  fields[LOG_HEADER.split(',').indexOf(column)] = value
  return fields.join(',')
}

/** Writes a small data set; `logs` are the texts of its log files by name without .csv. */
export async function writeKuairand(folder: string, logs: Readonly<Record<string, string>>): Promise<void> {
  await writeFile(join(folder, 'user_features_pure.csv'), USERS)
  await writeFile(join(folder, 'video_features_basic_pure.csv'), VIDEOS)
  for (const [name, text] of Object.entries(logs)) await writeFile(join(folder, `${name}.csv`), text)
}
